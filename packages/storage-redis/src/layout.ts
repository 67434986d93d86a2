/** One insert of an entry. `mark` is random and tells it from every other insert, also of the same kind, id and owner. */
export interface Insertion {
  readonly kind: string
  readonly id: string
  readonly owner: string | null
  readonly mark: string
}

/** Where things are kept. No two of them share a key, whatever characters kind, id, owner and name hold. */
export interface Layout {
  entry(kind: string, id: string): string
  /** Where an entry's key must end for its base to be left; negative, as Lua counts from the end. */
  baseEnd(kind: string, id: string): string
  counter(name: string): string
  /** The ids of a kind that start with a character: a sorted set in the order of ids. */
  ids(kind: string, first: string): string
  /** The ids of a kind that an owner has: a sorted set in the order of ids. */
  owned(kind: string, owner: string): string
  /** The insertions by the time at which to look whether they are over: sorted sets by milliseconds since the epoch. */
  readonly due: readonly string[]
  dueOf(id: string): string
}

// Spread over several keys, so that no single slot of a cluster takes part in every insert.
const dueKeys = 16

/** The names of all keys under a prefix. */
export function layout(prefix: string): Layout {
  const due = Array.from({ length: dueKeys }, (_, index) => `${prefix}d:${index}`)
  return {
    entry: (kind, id) => `${prefix}e:${part(kind)}:${id}`,
    baseEnd: (kind, id) => String(-(part(kind).length + 1 + id.length + 1)),
    counter: (name) => `${prefix}c:${name}`,
    ids: (kind, first) => `${prefix}i:${part(kind)}:${first}`,
    owned: (kind, owner) => `${prefix}o:${part(kind)}:${owner}`,
    due,
    dueOf(id) {
      let sum = 0
      for (let index = 0; index < id.length; index++) sum += id.charCodeAt(index)
      return due[sum % dueKeys] as string
    },
  }
}

/** A kind as one part of a key: without the character that ends it. */
function part(kind: string): string {
  return kind.includes(':') || kind.includes('%') ? kind.replaceAll('%', '%25').replaceAll(':', '%3A') : kind
}

// Ids are printable, so that NUL sorts before whatever may follow: the set is in the order of ids.
const separator = '\0'

/** An insertion as a member of the sorted sets of ids. */
export function idMember({ id, mark }: Insertion): string {
  return id + separator + mark
}

/** The id and the mark of a member. */
export function parseIdMember(member: string): readonly [id: string, mark: string] {
  const end = member.indexOf(separator)
  return [member.slice(0, end), member.slice(end + 1)]
}

/** An insertion as a member of the sorted sets by time. */
export function dueMember({ kind, id, owner, mark }: Insertion): string {
  return JSON.stringify([kind, id, owner, mark])
}

/** The insertion of a member. */
export function parseDueMember(member: string): Insertion {
  const [kind, id, owner, mark] = JSON.parse(member) as [string, string, string | null, string]
  return { kind, id, owner, mark }
}
