import { inspect } from 'node:util'
import { Failure } from '../failure.ts'
import { nameText } from '../output.ts'
import { jsonOf } from '../json.ts'
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

/** Names between commas, or in an array. Throws a failure for anything else. */
export function namesOf(row: Row, column: string | undefined): readonly string[] {
  if (column === undefined) return []
  const value = row[column]
  const names = listOf(value ?? '')
  if (Array.isArray(names) && names.every((name) => isText(name))) {
    return names.map((name) => String(name).trim()).filter((name) => name !== '')
  }
  throw new Failure(
    `${column} is ${nameText(inspect(value, { breakLength: Infinity }))}, which is no list of names`,
    'write names between commas, or an array of texts',
  )
}

/** What the names are read from, which is an array when they can be. */
function listOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return listOf(Buffer.from(value).toString('utf8'))
  if (!isText(value)) return value
  const text = String(value).trim()
  return text.startsWith('[') ? jsonOf(text) : text.split(',')
}

/** Numbers too are written as roles. */
function isText(value: unknown): value is string | number | bigint {
  return ['string', 'number', 'bigint'].includes(typeof value)
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
