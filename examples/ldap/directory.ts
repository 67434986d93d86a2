import { type Directory, startSlapd } from '../../scripts/servers/slapd.ts'

export const suffix = 'dc=example,dc=org'
export const service = { dn: `cn=service,${suffix}`, password: 'the service reads' }

/** Who is in the directory, and in which groups. */
export const people = [
  { username: 'hedy', password: 'a piano roll hops', name: 'Hedy Lamarr', groups: ['Everybody', 'Editors'] },
  { username: 'katherine', password: 'an ellipse comes home', name: 'Katherine Johnson', groups: ['Everybody'] },
] as const

const group = (name: string) => `
dn: cn=${name},ou=groups,${suffix}
objectClass: groupOfNames
cn: ${name}
${people
  .filter(({ groups }) => groups.some((one) => one === name))
  .map(({ username }) => `member: uid=${username},ou=people,${suffix}\n`)
  .join('')}`

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

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people
${people
  .map(
    ({ username, password, name }) => `
dn: uid=${username},ou=people,${suffix}
objectClass: inetOrgPerson
uid: ${username}
cn: ${name}
sn: ${name}
displayName: ${name}
mail: ${username}@example.org
userPassword: ${password}
`,
  )
  .join('')}
dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups
${group('Everybody')}${group('Editors')}`

/** Starts OpenLDAP's slapd for as long as this process lives. */
export function startDirectory(): Promise<Directory> {
  return startSlapd({ suffix, root: { dn: `cn=root,${suffix}`, password: 'root' }, ldif })
}
