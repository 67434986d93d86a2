import type { Entry, ListQuery, Page } from '@sallyport/core'
import { type Layout, parseIdMember } from './layout.ts'
import { decode } from './record.ts'
import { type Send, textOf } from './redis.ts'

// How many members to read at least once a first stretch has shown some whose entry is gone.
const stride = 100
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))

/** A page of the entries of an owner, or of those whose id starts with a prefix. */
export async function list(send: Send, layout: Layout, kind: string, query: ListQuery): Promise<Page<Entry>> {
  const read = stretches(send, layout, kind, query)
  const items: Entry[] = []
  for (let least = 1; ; least = stride) {
    const count = Math.max(query.limit + 1 - items.length, least)
    const members = await read(count)
    for (const entry of await entriesOf(send, layout, kind, members)) {
      const last = items.at(-1)?.id
      // One that was taken and inserted again in between has two members.
      if (entry === undefined || entry.id === last) continue
      if (items.length === query.limit) return { items, next: Buffer.from(last ?? '').toString('base64url') }
      items.push(entry)
    }
    if (members.length < count) return { items }
  }
}

/** The entries of members, `undefined` where the member's insertion has come to nothing or to its end. */
function entriesOf(
  send: Send,
  layout: Layout,
  kind: string,
  members: readonly string[],
): Promise<(Entry | undefined)[]> {
  return Promise.all(
    members.map(async (member) => {
      const [id, mark] = parseIdMember(member)
      const key = layout.entry(kind, id)
      const text = textOf(await send(key, ['GET', key]))
      const stored = text === undefined ? undefined : decode(kind, id, text)
      return stored?.mark === mark ? stored.entry : undefined
    }),
  )
}

/** Reads the members that a query is about, each time the next of them; fewer than asked for are the last. */
function stretches(send: Send, layout: Layout, kind: string, query: ListQuery): (count: number) => Promise<string[]> {
  const prefix = 'prefix' in query ? query.prefix : ''
  const after = query.cursor === undefined ? undefined : Buffer.from(query.cursor, 'base64url').toString('latin1')
  const end = prefix === '' ? '+' : `(${prefix}\x7f`
  // A cursor may come from anywhere: it never leads out of the prefix.
  let start = after !== undefined && after >= prefix ? `[${after}\x01` : `[${prefix}`
  let keys = 'owner' in query ? [layout.owned(kind, query.owner)] : keysOf(layout, kind, prefix, after)

  return async (count) => {
    const range = (key: string) => send(key, ['ZRANGEBYLEX', key, start, end, 'LIMIT', '0', String(count)])
    const stretch = (await Promise.all((await enough(send, keys, count)).map(range))) as string[][]
    const members = stretch.flat().slice(0, count)
    const last = members.at(-1)
    if (last !== undefined) {
      start = `(${last}`
      if ('prefix' in query) keys = keys.slice(keys.indexOf(layout.ids(kind, last.charAt(0))))
    }
    return members
  }
}

/** The sets in which ids with a prefix may be, in order. */
function keysOf(layout: Layout, kind: string, prefix: string, after = ''): string[] {
  if (prefix !== '') return [layout.ids(kind, prefix.charAt(0))]
  return printable.filter((first) => first >= after.charAt(0)).map((first) => layout.ids(kind, first))
}

/** As many of the sets, from the first on, as surely hold so many members. */
async function enough(send: Send, keys: readonly string[], count: number): Promise<readonly string[]> {
  if (keys.length <= 1) return keys
  const sizes = await Promise.all(keys.map((key) => send(key, ['ZCARD', key])))
  let surely = 0
  const chosen: string[] = []
  for (const [index, key] of keys.entries()) {
    const size = Number(sizes[index])
    if (size === 0) continue
    chosen.push(key)
    // Of the first, members may lie before the start.
    if (index > 0) surely += size
    if (surely >= count) break
  }
  return chosen
}
