import type { Terminal } from './terminal.ts'

/** A value of JSON; an instant is an ISO 8601 text in it. */
export type Document = object

/** What a command says: text for people, or one JSON document with `--json`. */
export interface Output {
  readonly isJson: boolean
  /** Lines for people: one for each text, whatever is named in it. */
  line(...texts: readonly string[]): void
  /** Rows under headings, for people. */
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void
  /** The document for programs: one a command. */
  document(value: Document): void
  /** Beside the answer, on the standard error. */
  note(text: string): void
  /** How far long work has come, on the standard error of a terminal; the next text overwrites it. */
  progress(text: string): void
}

// Names of tokens and factors are their users' choice: they must not move a cursor, ring, turn a line around, or begin one.
const breaking = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu
const commanding = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text without what commands a terminal or ends a line. */
export function oneLine(text: string): string {
  return text.replace(breaking, '?')
}

/** Writes to a terminal, what commands one left out. */
export function createOutput({ stdout, stderr }: Terminal, isJson: boolean): Output {
  let isUnderWay = false

  function clear(): void {
    if (isUnderWay) stderr.write('\r\u001b[K')
    isUnderWay = false
  }

  function line(...texts: readonly string[]): void {
    clear()
    if (!isJson) for (const text of texts) stdout.write(`${oneLine(text)}\n`)
  }

  return {
    isJson,
    line,

    table(headings, rows) {
      const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)))
      for (const row of [headings, ...rows])
        line(
          row
            .map((cell, i) => cell.padEnd(widths[i] ?? 0))
            .join('  ')
            .trimEnd(),
        )
    },

    document(value) {
      clear()
      if (isJson) stdout.write(`${JSON.stringify(value, null, 2).replace(commanding, escaped)}\n`)
    },

    note(text) {
      clear()
      stderr.write(`${text.replace(commanding, '?')}\n`)
    },

    progress(text) {
      if (!stderr.isTTY) return
      stderr.write(`\r\u001b[K${text}`)
      isUnderWay = true
    },
  }
}

const longestName = 128

/** A name that somebody else has chosen, as far as it is read. */
export function nameText(name: string): string {
  const letters = Array.from(name)
  return letters.length > longestName ? `${letters.slice(0, longestName).join('')}…` : name
}

/** An instant in JSON and for people alike: ISO 8601, UTC; `undefined` stays absent. */
export function instant<At extends number | undefined>(at: At): At extends number ? string : string | undefined {
  const text = at === undefined ? undefined : Number.isFinite(at) ? new Date(at).toISOString() : 'never'
  return text as At extends number ? string : string | undefined
}

/** An instant in a table: to the minute. */
export function shortly(at: number | undefined): string {
  return at === undefined ? '-' : (instant(at) ?? '').replace(/:\d\d\.\d{3}Z$/, 'Z').replace('T', ' ')
}
