import type { Row } from './source.ts'

/** The first of these columns that a row has, as text; `undefined` for what is null or empty. */
export function textOf(row: Row, ...columns: readonly string[]): string | undefined {
  const value = columns.map((column) => row[column]).find((one) => one !== undefined && one !== null)
  if (value === undefined || value === '') return undefined
  // `mongoexport` writes ids as { "$oid": "…" }.
  if (typeof value === 'object' && '$oid' in value) return String(value.$oid)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** Whether a row says yes, in the way of any database. */
export function isTrue(row: Row, ...columns: readonly string[]): boolean {
  return ['true', '1', 't'].includes(textOf(row, ...columns) ?? '')
}

/** Names between commas, or in an array. */
export function namesOf(row: Row, column: string | undefined): readonly string[] {
  const value = column === undefined ? undefined : row[column]
  if (Array.isArray(value)) return value.map(String)
  const text = column === undefined ? undefined : textOf(row, column)
  const names = text?.startsWith('[') ? (JSON.parse(text) as readonly unknown[]).map(String) : text?.split(',')
  return (names ?? []).map((name) => name.trim()).filter((name) => name !== '')
}

/** Bytes as they are, or as hexadecimal digits, or as base64. */
export function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  const text = String(value)
  return /^(?:[\da-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
}

/** As PHC strings have it. */
export function phcBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
