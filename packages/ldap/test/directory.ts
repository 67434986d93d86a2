import type { LdapSettings } from '../src/index.ts'
import { type Directory, startSlapd } from '../../../scripts/servers/slapd.ts'

export const suffix = 'dc=example,dc=org'
export const people = `ou=people,${suffix}`
export const service = { dn: `cn=service,${suffix}`, password: 'the service reads' }
/** A name with a blank in it, of which the directory takes two for one. */
export const joan = { username: 'joan clarke', password: 'a banburismus sheet' }
export const ada = { username: 'ada', password: 'a brass engine counts' }

const person = (uid: string, password: string, more = '') => `
dn: uid=${uid},${people}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid} of the test
sn: ${uid}
mail: ${uid}@example.org
userPassword: ${password}
${more}`

const ldif = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ${service.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: service
userPassword: ${service.password}

dn: ${people}
objectClass: organizationalUnit
ou: people
${person('ada', ada.password)}
${person('grace', 'a moth in the relay')}
${person('joan clarke', joan.password)}
${person('twin', 'the first of two twins')}

dn: ou=others,${people}
objectClass: organizationalUnit
ou: others

dn: cn=second twin,ou=others,${people}
objectClass: inetOrgPerson
uid: twin
cn: second twin
sn: twin
userPassword: the second of two twins

dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups

dn: cn=Editors,ou=groups,${suffix}
objectClass: groupOfNames
cn: Editors
member: uid=ada,${people}

dn: cn=Everybody,ou=groups,${suffix}
objectClass: groupOfNames
cn: Everybody
member: uid=ada,${people}
member: uid=grace,${people}
`

/** A real slapd with a few people, two of whom share a login name. */
export function startDirectory(): Promise<Directory> {
  return startSlapd({ suffix, root: { dn: `cn=root,${suffix}`, password: 'root' }, ldif })
}

/** Settings that search with a service account over TLS. */
export function searching({ secureUrl, ca }: Directory): LdapSettings {
  return {
    id: 'staff',
    url: secureUrl,
    ca,
    base: people,
    service,
    groups: { base: `ou=groups,${suffix}` },
    roles: { editors: ['editor'], Everybody: ['reader'] },
  }
}

/** Settings with which people bind as themselves. */
export function binding(directory: Directory): LdapSettings {
  const { id, url, ca, base } = searching(directory)
  return { id, url, ca, base }
}
