import type { Entry, Json } from '@sallyport/core'

/** An entry as it is stored, and the mark of its insertion. */
export interface Stored {
  readonly entry: Entry
  readonly mark: string
}

/**
 * The text that is stored: JSON in which a line break, which JSON has nowhere else, ends what the scripts must read.
 * `[version,expiresAt,"mark","owner"⏎,data]`
 */
export function encode({ version, expiresAt, owner, data }: Entry, mark: string): string {
  return `[${version},${expiresAt},"${mark}",${JSON.stringify(owner)}\n,${JSON.stringify(data)}]`
}

/** What a stored text says of the entry under a key. */
export function decode(kind: string, id: string, text: string): Stored {
  const [version, expiresAt, mark, owner, data] = JSON.parse(text) as [
    number,
    number | null,
    string,
    string | null,
    Json,
  ]
  return { entry: { kind, id, owner, expiresAt, version, data }, mark }
}

// A minute later than `expiresAt`, so that callers whose clocks differ agree; core judges by its own.
const lagMs = 60_000

/** When the server may forget what expires at an instant: for the option PXAT, or '' for never. */
export function forgetAt(expiresAt: number | null): string {
  if (expiresAt === null) return ''
  return String(Math.min(Math.ceil(expiresAt) + lagMs, Number.MAX_SAFE_INTEGER))
}
