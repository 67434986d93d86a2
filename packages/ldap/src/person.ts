import { AndFilter, DN, type Entry, EqualityFilter, ExtensibleFilter, type Filter, FilterParser } from 'ldapts'
import type { Connection } from './directory.ts'
import type { CompleteSettings, GroupSettings } from './settings.ts'

/** A person of the directory, as far as a log-in needs to know. */
export interface Person {
  readonly dn: string
  readonly subject: string
  readonly username: string
  /** Every login name of theirs, as the directory holds it. */
  readonly names: readonly string[]
  readonly displayName: string | undefined
  readonly email: string | undefined
}

const maxGroups = 1000
// LDAP_MATCHING_RULE_IN_CHAIN: membership through groups of groups.
const inChain = '1.2.840.113556.1.4.1941'

/** Finds the one person with a login name; `undefined` for nobody, and for several. */
export async function findPerson(
  connection: Connection,
  settings: CompleteSettings,
  username: string,
): Promise<Person | undefined> {
  const { base, loginAttribute, subjectAttribute, filter } = settings
  const byName = new EqualityFilter({ attribute: loginAttribute, value: username })
  const entries = await connection.search(base, {
    filter: both(byName, filter),
    scope: 'sub',
    attributes: [loginAttribute, subjectAttribute, 'displayName', 'cn', 'mail'],
    limit: 2,
    binary: [subjectAttribute],
  })
  const [entry, ...others] = entries
  return entry === undefined || others.length > 0 ? undefined : toPerson(entry, settings)
}

/** The name under which somebody binds as themselves. */
export function ownName({ bindAs, loginAttribute, base }: CompleteSettings, username: string): string | undefined {
  if (bindAs === 'dn') return `${new DN().addPairRDN(loginAttribute, username).toString()},${base}`
  // A second @ would name another domain, and a backslash another notation.
  return /[@\\]/.test(username) ? undefined : username + bindAs
}

/** The names of the groups that a person is a member of. */
export async function groupsOf(connection: Connection, groups: GroupSettings, { dn }: Person): Promise<string[]> {
  const { base, memberAttribute = 'member', nameAttribute = 'cn', nested = false } = groups
  const filter = nested
    ? new ExtensibleFilter({ matchType: memberAttribute, rule: inChain, value: dn })
    : new EqualityFilter({ attribute: memberAttribute, value: dn })
  const entries = await connection.search(base, {
    filter,
    scope: 'sub',
    attributes: [nameAttribute],
    limit: maxGroups,
  })
  return entries.flatMap((entry) => first(entry, nameAttribute) ?? [])
}

function toPerson(entry: Entry, { loginAttribute, subjectAttribute }: CompleteSettings): Person {
  const subject = bytesOf(entry[subjectAttribute])
  const username = first(entry, loginAttribute)
  if (subject === undefined || username === undefined) {
    throw new Error(`${entry.dn} has no readable ${subject === undefined ? subjectAttribute : loginAttribute}`)
  }
  return {
    dn: entry.dn,
    subject,
    username,
    names: [entry[loginAttribute] ?? []].flat().map(String),
    displayName: first(entry, 'displayName') ?? first(entry, 'cn'),
    email: first(entry, 'mail'),
  }
}

/** Text as it is, and what is no text (objectGUID) in hexadecimal. */
function bytesOf(value: Entry[string] | undefined): string | undefined {
  const one = Array.isArray(value) ? value[0] : value
  if (one === undefined || one.length === 0) return undefined
  const bytes = Buffer.from(one as Uint8Array | string)
  const text = bytes.toString('utf8')
  return /^[\x21-\x7e]+$/.test(text) && bytes.length !== 16 ? text : bytes.toString('hex')
}

function first(entry: Entry, attribute: string): string | undefined {
  const value = entry[attribute]
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined || one.length === 0 ? undefined : one.toString()
}

function both(filter: Filter, more: string | undefined): Filter {
  if (more === undefined) return filter
  return new AndFilter({ filters: [filter, FilterParser.parseString(more)] })
}
