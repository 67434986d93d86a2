import type { Answer } from './adapter-client.ts'

/** The answers of a case, in a form in which those of two servers can be compared. */
export type Transcript = readonly string[]

/**
 * What a server or a framework may add to an answer or frame it by, whatever Sallyport says: not compared. The body is
 * compared byte for byte, so its framing does not matter.
 */
export const notCompared: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'etag',
  'keep-alive',
  'transfer-encoding',
  'x-powered-by',
])

/** Writes answers down. Tokens and ids, which are random, and instants become what they stand for. */
export function createTranscript(): {
  readonly entries: Transcript
  begin(at: number): void
  record(request: string, answer: Answer): void
} {
  const entries: string[] = []
  let startedAt = 0
  const plain = (text: string): string =>
    text
      .replace(/sp_([a-z])_[\w-]{22}\.[\w-]{56}/g, '<token $1>')
      .replace(/(?<![\w-])[\w-]{22}(?![\w-])/g, '<id>')
      .replace(/(?<![\w-])user\d+(?![\w-])/g, '<user>')
      // Written after the answer to an earlier request, and perhaps not yet.
      .replace(/("last(?:Seen|Used)At"):(?:"[^"]*"|null)/g, '$1:"<some time>"')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => `<start + ${Date.parse(time) - startedAt}>`)

  return {
    entries,
    begin: (at) => {
      startedAt = at
    },
    record(request, { status, headers, body }) {
      const compared = headers.filter(([name]) => !notCompared.has(name)).map(([name, value]) => `${name}: ${value}`)
      const shown = plain([request, String(status), ...compared.sort()].join('\n'))
      entries.push(`${shown}\n\n${inOrder(plain(body))}`)
    },
  }
}

/** A list of ours is ordered by random ids: here by what is left when they are gone. */
function inOrder(body: string): string {
  if (!body.startsWith('{"items":[')) return body
  const { items, ...rest } = JSON.parse(body) as { items: unknown[] }
  return JSON.stringify({ items: items.map((item) => JSON.stringify(item)).sort(), ...rest })
}
