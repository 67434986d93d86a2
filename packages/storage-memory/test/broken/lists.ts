import type { Entry, ListQuery, Page, Storage } from '@sallyport/core'
import { type Broken, broken, later } from './tools.ts'

async function everything(sound: Storage, kind: string, query: ListQuery): Promise<readonly Entry[]> {
  const { limit: _limit, cursor: _cursor, ...which } = query
  const items: Entry[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await sound.list(kind, { ...which, limit: 1000, cursor })
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) return items
  }
}

/** Lists by a rule of its own: which entries, in which order; the cursor is the id of the last one. */
function listing(
  sound: Storage,
  which: (query: ListQuery) => { readonly all: ListQuery; readonly matches: (entry: Entry) => boolean },
  compare?: (a: string, b: string) => number,
): Partial<Storage> {
  return {
    list: async (kind, query): Promise<Page<Entry>> => {
      const { all, matches } = which(query)
      const items = (await everything(sound, kind, all)).filter(matches)
      if (compare) items.sort((a, b) => compare(a.id, b.id))
      const start = query.cursor === undefined ? 0 : items.findIndex((item) => item.id === query.cursor) + 1
      const page = items.slice(start, start + query.limit)
      return { items: page, next: items.length > start + query.limit ? page.at(-1)?.id : undefined }
    },
  }
}

function like(prefix: string): RegExp {
  const escaped = prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}`, 's')
}

const byPrefix = (match: (prefix: string, id: string) => boolean) => (query: ListQuery) =>
  'prefix' in query
    ? { all: { prefix: '', limit: 1 }, matches: (entry: Entry) => match(query.prefix, entry.id) }
    : { all: query, matches: () => true }

const same = (query: ListQuery): { all: ListQuery; matches: () => boolean } => ({ all: query, matches: () => true })

export const onLists: readonly Broken[] = [
  broken('prefixes by LIKE', 'a prefix is taken literally', (sound) =>
    listing(
      sound,
      byPrefix((prefix, id) => like(prefix).test(id)),
    ),
  ),
  broken('prefixes by LIKE without case', 'a prefix is taken literally', (sound) =>
    listing(
      sound,
      byPrefix((prefix, id) => id.toLowerCase().startsWith(prefix.toLowerCase())),
    ),
  ),
  broken('prefixes by GLOB', 'a prefix is taken literally', (sound) =>
    listing(
      sound,
      byPrefix((prefix, id) => (prefix.endsWith('[a-z]') ? false : id.startsWith(prefix))),
    ),
  ),
  broken('prefixes up to ~', 'a prefix is taken literally', (sound) =>
    listing(
      sound,
      byPrefix((prefix, id) => id >= prefix && id < `${prefix}~`),
    ),
  ),
  broken('in the order of a language', 'ordered by code unit', (sound) =>
    listing(sound, same, new Intl.Collator('en').compare),
  ),
  broken('in no order', 'ordered by code unit', (sound) => listing(sound, same, (a, b) => (a < b ? 1 : -1))),
  broken('pages by number', 'while others come and go', (sound) => ({
    list: async (kind, query) => {
      const items = await everything(sound, kind, query)
      const start = Number(query.cursor ?? 0)
      const next = start + query.limit
      return { items: items.slice(start, next), next: next < items.length ? String(next) : undefined }
    },
  })),
  broken('a cursor that is gone starts anew', 'when the entry at the cursor is gone', (sound) => listing(sound, same)),
  broken('only the first page', 'ordered by code unit', (sound) => ({
    list: async (kind, query) => ({ items: (await sound.list(kind, query)).items }),
  })),
  broken('pages are one too long', 'ordered by code unit', (sound) => ({
    list: (kind, query) => sound.list(kind, { ...query, limit: query.limit + 1 }),
  })),
  broken('the last page leads on', 'the last page', (sound) => ({
    list: async (kind, query) => {
      const page = await sound.list(kind, query)
      return { ...page, next: page.items.length === query.limit ? page.items.at(-1)?.id : undefined }
    },
  })),
  broken('pages of a hundred', 'a thousand fit', (sound) => ({
    list: async (kind, query) => {
      const page = await sound.list(kind, query)
      return { items: page.items.slice(0, 100) }
    },
  })),
  broken('owners without case', 'those that look alike', (sound) =>
    listing(sound, (query) =>
      'owner' in query
        ? {
            all: { prefix: '', limit: 1 },
            matches: (entry) => entry.owner?.trimEnd().toLowerCase() === query.owner.trimEnd().toLowerCase(),
          }
        : same(query),
    ),
  ),
  broken('the cursor says whose list it is', 'a cursor from elsewhere', (sound) => ({
    list: async (kind, query) => {
      const [owner, cursor] = (query.cursor ?? '').split('\n')
      const asked = 'owner' in query && cursor ? { owner: owner ?? '', limit: query.limit } : query
      const page = await sound.list(kind, { ...asked, cursor })
      const whose = 'owner' in asked ? asked.owner : ''
      return { items: page.items, next: page.next && `${whose}\n${page.next}` }
    },
  })),
  broken('two reads a page, ids and then entries', 'what stays is listed while', (sound) => ({
    list: async (kind, query) => {
      const page = await sound.list(kind, query)
      await later()
      const items = await Promise.all(page.items.map((item) => sound.get(kind, item.id)))
      return {
        ...page,
        items: items.filter((item, n) => item !== undefined && item.version === page.items[n]?.version) as Entry[],
      }
    },
  })),
]
