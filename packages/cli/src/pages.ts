import type { Page } from '@sallyport/core'
import type { Arguments, OptionSpec } from './arguments.ts'
import type { Output } from './output.ts'

/** The options of a list. */
export const pageOptions: Readonly<Record<string, OptionSpec>> = {
  limit: { type: 'string', value: 'N', summary: 'at most so many, 1 to 1000: 50 if it is left out' },
  cursor: { type: 'string', value: 'CURSOR', summary: 'go on where a list ended' },
  all: { type: 'boolean', summary: 'all of them' },
}

type List<Item> = (query: { readonly cursor?: string | undefined; readonly limit: number }) => Promise<Page<Item>>

/** One page as the options ask for it, or all of them. */
export async function readPages<Item>(
  args: Arguments,
  list: List<Item>,
  seen: (count: number) => void,
): Promise<Page<Item>> {
  if (!args.has('all')) return list({ cursor: args.text('cursor'), limit: Math.min(args.count('limit') ?? 50, 1000) })
  const items: Item[] = []
  for await (const item of everyItem(list, args.text('cursor'))) {
    items.push(item)
    if (items.length % 200 === 0) seen(items.length)
  }
  return { items }
}

/** Every item of a list, a page at a time. */
export async function* everyItem<Item>(list: List<Item>, from?: string): AsyncGenerator<Item, void, undefined> {
  let cursor = from
  do {
    const page = await list({ cursor, limit: 200 })
    yield* page.items
    cursor = page.next
  } while (cursor !== undefined)
}

/** Tells of a page: as a table, and as the document of a program. */
export function showPage<Item>(
  out: Output,
  { items, next }: Page<Item>,
  headings: readonly string[],
  row: (item: Item) => readonly string[],
  json: (item: Item) => object,
): void {
  if (items.length === 0) out.line('There are none.')
  else out.table(headings, items.map(row))
  if (next !== undefined) out.line(`There are more: --cursor ${next}`)
  out.document({ items: items.map(json), next })
}
