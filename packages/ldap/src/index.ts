import { randomUUID } from 'node:crypto'
import {
  AuthError,
  type DirectProvider,
  type Evidence,
  type Finding,
  type MappedProfile,
  providerUnavailable,
} from '@sallyport/core'
import { type Connection, withConnection } from './directory.ts'
import { findPerson, groupsOf, ownName, type Person } from './person.ts'
import { type CompleteSettings, completeSettings, type LdapSettings } from './settings.ts'

export { activeDirectory, type GroupSettings, type LdapSettings } from './settings.ts'

/**
 * Log-in with the name and password of a directory (LDAP v3, Active Directory): over TLS with its certificate checked,
 * by search and bind or by a bind as oneself. Guesses are counted by core before the directory hears of them.
 */
export function ldap(given: LdapSettings): DirectProvider {
  const settings = completeSettings(given)
  const { id, label, onFirstLogin, onLogin, mapOn, maxSinceLoginMs, trust } = settings

  return {
    id,
    label,
    protocol: 'ldap',
    onFirstLogin,
    onLogin,
    mapOn,
    maxSinceLoginMs,
    trust,
    profile: settings.profile,

    async logIn({ username, password }, { departed, canonicalName }) {
      // A directory takes names for the same that are counted apart: with two blanks for one, or without an accent.
      const isNamed = ({ names }: Person) => names.some((name) => canonicalName(name) === username)
      try {
        return await withConnection(settings, departed, (connection) =>
          verify(connection, settings, { username, password, isNamed }),
        )
      } catch (error) {
        throw error instanceof AuthError ? error : providerUnavailable(error)
      }
    },

    check: () => dryRun(settings),
  }
}

/** What somebody says of themselves, and whether it is the name of a person that the directory has found by it. */
interface Claim {
  readonly username: string
  readonly password: string
  isNamed(person: Person): boolean
}

/** The evidence of a name and a password, `undefined` when either is wrong. */
async function verify(connection: Connection, settings: CompleteSettings, claim: Claim): Promise<Evidence | undefined> {
  const person = settings.service
    ? await searchThenBind(connection, settings, claim)
    : await bindThenSearch(connection, settings, claim)
  return person && evidenceOf(settings, person, await groupNames(connection, settings, person))
}

async function searchThenBind(
  connection: Connection,
  settings: CompleteSettings,
  { username, password, isNamed }: Claim,
): Promise<Person | undefined> {
  await bindService(connection, settings)
  const found = await findPerson(connection, settings, username)
  const person = found && isNamed(found) ? found : undefined
  // A name that nobody has costs a bind as well: the time must not tell the two apart.
  const dn = person?.dn ?? `${settings.loginAttribute}=${randomUUID()},${settings.base}`
  const isRight = await connection.bind(dn, password)
  if (person === undefined || !isRight) return undefined
  if (settings.groups !== undefined) await bindService(connection, settings)
  return person
}

async function bindThenSearch(
  connection: Connection,
  settings: CompleteSettings,
  { username, password, isNamed }: Claim,
): Promise<Person | undefined> {
  const name = ownName(settings, username)
  if (name === undefined || !(await connection.bind(name, password))) return undefined
  const person = await findPerson(connection, settings, username)
  if (person === undefined && settings.filter === undefined) throw new Error(`${name} can't read its own entry`)
  return person && isNamed(person) ? person : undefined
}

async function bindService(connection: Connection, { service }: CompleteSettings): Promise<void> {
  if (service !== undefined && !(await connection.bind(service.dn, service.password))) {
    throw new Error(`the directory refuses the service account ${service.dn}`)
  }
}

async function groupNames(
  connection: Connection,
  { groups }: CompleteSettings,
  person: Person,
): Promise<readonly string[]> {
  return groups === undefined ? [] : groupsOf(connection, groups, person)
}

function evidenceOf(settings: CompleteSettings, person: Person, groups: readonly string[]): Evidence {
  const { dn, subject, username, displayName, email } = person
  const profile: MappedProfile = { username, displayName, email, ...rolesOf(settings, groups) }
  return {
    issuer: settings.issuer,
    subject,
    claims: { dn, username, displayName: displayName ?? null, email: email ?? null, groups },
    methods: ['pwd', 'fed'],
    profile,
  }
}

function rolesOf({ roles }: CompleteSettings, groups: readonly string[]): Pick<MappedProfile, 'roles'> {
  if (roles === undefined) return {}
  const names = new Set(groups.map((name) => name.toLowerCase()))
  const given = Object.entries(roles).flatMap(([name, list]) => (names.has(name.toLowerCase()) ? list : []))
  return { roles: [...new Set(given)] }
}

/** Tries what a log-in needs, one after the other, up to the first that fails. */
async function dryRun(settings: CompleteSettings): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const { url, service, base, subjectAttribute } = settings
  const attempt = async (name: string, good: string, bad: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run()
      findings.push({ name, ok: true, detail: good })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      findings.push({ name, ok: false, detail: `${bad} (${reason})` })
      throw error
    }
  }
  const steps = async (connection: Connection): Promise<void> => {
    const whole = { filter: '(objectClass=*)', scope: 'base', attributes: ['1.1'], limit: 1 } as const
    if (service === undefined) {
      await attempt(
        'connection',
        `${url} answers.`,
        `${url} does not answer: check address, port and certificate.`,
        () => connection.search('', whole),
      )
      return
    }
    await attempt('service', `${service.dn} may bind.`, 'Check `url`, `ca`, `service.dn` and `service.password`.', () =>
      bindService(connection, settings),
    )
    await attempt('base', `${base} can be read.`, 'Check `base`, and that the service account may read it.', () =>
      connection.search(base, whole),
    )
    await attempt('subject', `Entries have ${subjectAttribute}.`, 'Choose another `subjectAttribute`.', async () => {
      const filter = `(${subjectAttribute}=*)`
      const found = await connection
        .search(base, { filter, scope: 'sub', attributes: ['1.1'], limit: 1 })
        .catch(ignoreLimit)
      if (found.length === 0) throw new Error(`no entry has ${subjectAttribute}`)
    })
  }
  await withConnection(settings, undefined, steps).catch((error: unknown) => {
    if (findings.some(({ ok }) => !ok)) return
    findings.push({ name: 'connection', ok: false, detail: `${url} does not answer (${String(error)}).` })
  })
  return findings
}

/** More than one entry is as good as one here. */
function ignoreLimit(error: unknown): readonly unknown[] {
  if (error instanceof Error && error.name === 'SizeLimitExceededError') return [error]
  throw error
}
