import { AuthError, providerRuleNames, refuseUnknown, type ProviderRules } from '@sallyport/core'

/** A directory, and how people log in with it. Durations are milliseconds. */
export interface LdapSettings extends ProviderRules {
  /** Its name in paths and in storage, as in `staff`. */
  readonly id: string
  /** What the button says: the id by default. */
  readonly label?: string | undefined
  /** `ldaps://host:636`, or `ldap://host:389` with `startTls`. */
  readonly url: string
  /** Upgrades the connection before anything is said (RFC 4511 §4.14). The certificate is always checked. */
  readonly startTls?: boolean | undefined
  /** Certificates (PEM) to be trusted instead of the system's. */
  readonly ca?: string | undefined
  /** Allows `ldap://` without TLS, to this machine only. */
  readonly plainOnLocalhost?: boolean | undefined
  /** Where people are: `ou=people,dc=example,dc=org`. */
  readonly base: string
  /** The attribute that holds the login name: `uid` by default. */
  readonly loginAttribute?: string | undefined
  /** A further condition (RFC 4515) on who may log in, as in `(objectClass=person)`. */
  readonly filter?: string | undefined
  /** Who may search. Without it people bind as themselves, and read their own entry. */
  readonly service?: { readonly dn: string; readonly password: string } | undefined
  /** Without `service`: what makes a name one that binds. `'dn'`: `uid=name,base`; `'@example.org'`: `name@example.org`. */
  readonly bindAs?: 'dn' | `@${string}` | undefined
  /** An attribute that never changes and is never reassigned: `entryUUID` by default. */
  readonly subjectAttribute?: string | undefined
  /** What the directory is called in identities: `ldap:` and the base by default. Changing it makes everybody a stranger. */
  readonly issuer?: string | undefined
  readonly groups?: GroupSettings | undefined
  /** The roles that a group gives, by the group's name. Without it the directory decides nothing about roles. */
  readonly roles?: Readonly<Record<string, readonly string[]>> | undefined
  /** For how long each step may take: 3000 by default. */
  readonly timeoutMs?: number | undefined
}

/** How the groups of a user are found. */
export interface GroupSettings {
  /** Where the groups are. */
  readonly base: string
  /** The attribute of a group that holds the names of its members: `member` by default. */
  readonly memberAttribute?: string | undefined
  /** The attribute that holds the name of the group: `cn` by default. */
  readonly nameAttribute?: string | undefined
  /** Whether members of member groups count (Active Directory only). */
  readonly nested?: boolean | undefined
}

/** What differs in Active Directory: spread it into the settings. */
export const activeDirectory: Pick<LdapSettings, 'loginAttribute' | 'subjectAttribute' | 'filter'> = {
  loginAttribute: 'sAMAccountName',
  subjectAttribute: 'objectGUID',
  // A person whose account is not switched off (bit 2 of userAccountControl).
  filter: '(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))',
}

type Defaulted = 'loginAttribute' | 'subjectAttribute' | 'timeoutMs' | 'issuer' | 'bindAs' | 'label'

/** The settings, complete. */
export type CompleteSettings = Omit<LdapSettings, Defaulted> & {
  readonly [Name in Defaulted]: NonNullable<LdapSettings[Name]>
}

const names: Readonly<Record<keyof LdapSettings, true>> = {
  ...providerRuleNames,
  id: true,
  label: true,
  url: true,
  startTls: true,
  ca: true,
  plainOnLocalhost: true,
  base: true,
  loginAttribute: true,
  filter: true,
  service: true,
  bindAs: true,
  subjectAttribute: true,
  issuer: true,
  groups: true,
  roles: true,
  timeoutMs: true,
}
const groupNames: Readonly<Record<keyof GroupSettings, true>> = {
  base: true,
  memberAttribute: true,
  nameAttribute: true,
  nested: true,
}

/** Checks the settings. Throws `invalid_setting`, with its mend. */
export function completeSettings(settings: LdapSettings): CompleteSettings {
  refuseUnknown('option of ldap', settings, names)
  refuseUnknown('option of ldap', settings.groups ?? {}, groupNames, 'groups.')
  const { url, startTls = false, plainOnLocalhost = false, base, service, roles, groups } = settings
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^ldaps?:$/.test(parsed.protocol)) {
    throw invalid('url', `is ${JSON.stringify(url)}: give an address such as "ldaps://directory.example.org"`)
  }
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(parsed.hostname)
  if (parsed.protocol === 'ldap:' && !startTls && !(plainOnLocalhost && isLocal)) {
    throw invalid('url', 'would send passwords in the clear: use ldaps://, or set `startTls`')
  }
  if (parsed.protocol === 'ldaps:' && startTls) throw invalid('startTls', 'is for ldap:// only: leave it out')
  if (typeof base !== 'string' || base === '') {
    throw invalid('base', 'is missing: say where people are, as in "ou=people,dc=example,dc=org"')
  }
  if (service !== undefined && (service.dn === '' || service.password === '')) {
    throw invalid('service', 'has no name or no password, which would be an anonymous bind: give both')
  }
  if (roles !== undefined && groups === undefined) {
    throw invalid('roles', 'has no groups to go by: say where they are in `groups`')
  }
  return {
    ...settings,
    label: settings.label ?? settings.id,
    loginAttribute: settings.loginAttribute ?? 'uid',
    subjectAttribute: settings.subjectAttribute ?? 'entryUUID',
    issuer: settings.issuer ?? `ldap:${base.toLowerCase()}`,
    bindAs: settings.bindAs ?? 'dn',
    timeoutMs: settings.timeoutMs ?? 3000,
  }
}

function invalid(name: string, problem: string): AuthError {
  return new AuthError('invalid_setting', { detail: `ldap: \`${name}\` ${problem}.` })
}
