/** What a database means by an error, as far as it matters to us. */
export type Failure = 'no-owner' | 'deadlock' | 'busy' | 'unmigrated' | 'already-there'

/** SQLSTATE of PostgreSQL, names of `mysql2`, and names of `better-sqlite3`. */
const codes: Readonly<Record<string, Failure>> = {
  '23503': 'no-owner',
  '40P01': 'deadlock',
  '40001': 'deadlock',
  '42P01': 'unmigrated',
  '42703': 'unmigrated',
  '3F000': 'unmigrated',
  ER_NO_REFERENCED_ROW: 'no-owner',
  ER_NO_REFERENCED_ROW_2: 'no-owner',
  ER_LOCK_DEADLOCK: 'deadlock',
  ER_NO_SUCH_TABLE: 'unmigrated',
  ER_BAD_FIELD_ERROR: 'unmigrated',
  ER_BAD_DB_ERROR: 'unmigrated',
  ER_TABLE_EXISTS_ERROR: 'already-there',
  ER_DUP_KEYNAME: 'already-there',
  ER_DUP_FIELDNAME: 'already-there',
  SQLITE_CONSTRAINT_FOREIGNKEY: 'no-owner',
  SQLITE_BUSY: 'busy',
  SQLITE_BUSY_RECOVERY: 'busy',
  SQLITE_BUSY_SNAPSHOT: 'busy',
  SQLITE_LOCKED: 'busy',
}

/** The same from `node:sqlite`, which has numbers: SQLite's extended result codes. */
const resultCodes: Readonly<Record<number, Failure>> = {
  5: 'busy',
  6: 'busy',
  261: 'busy',
  517: 'busy',
  787: 'no-owner',
}

/** Reads an error of any of the drivers; `undefined` for what is none of our concern. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  if (typeof errcode === 'number' && errcode in resultCodes) return resultCodes[errcode]
  if (typeof code === 'string' && code in codes) return codes[code]
  // SQLite has no code of its own for a missing table.
  return /no such (table|column)|has no column named/.test(error.message) ? 'unmigrated' : undefined
}
