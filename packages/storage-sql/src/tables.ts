import type { Dialect } from './dialect.ts'

/** Where our tables are. */
export interface Place {
  readonly dialect: Dialect
  /** A schema of PostgreSQL, a database of MySQL; `undefined` for the connection's own. */
  readonly schema: string | undefined
  readonly tablePrefix: string
}

/** The kinds with a table of their own. Every other kind is in `entries`, under its name. */
const tableOfKind: Readonly<Record<string, string>> = {
  user: 'users',
  session: 'sessions',
  'api-token': 'api_tokens',
  identity: 'identities',
  event: 'events',
}

/** Every table that holds entries, in the order in which they may be created: owners first. */
export const entryTables: readonly string[] = [...Object.values(tableOfKind), 'entries']

/** The table of a kind, without its prefix. */
export function tableOf(kind: string): string {
  return Object.hasOwn(tableOfKind, kind) ? (tableOfKind[kind] as string) : 'entries'
}

/** A table's name with prefix and schema. */
export function fullName({ schema, tablePrefix }: Place, table: string): string {
  return `${schema === undefined ? '' : `${schema}.`}${tablePrefix}${table}`
}

/** The same, quoted for plain SQL. */
export function quotedName(place: Place, table: string): string {
  const quote = place.dialect === 'mysql' ? '`' : '"'
  return fullName(place, table)
    .split('.')
    .map((part) => quote + part + quote)
    .join('.')
}

/** Checks what the application names. */
export function placeOf(dialect: Dialect, schema: string | undefined, tablePrefix: string): Place {
  if (!/^[a-z_]\w{0,31}$/i.test(tablePrefix)) {
    throw new TypeError('`tablePrefix` must be 1 to 32 letters, digits and underscores, and not start with a digit.')
  }
  if (schema !== undefined && !/^[a-z_]\w{0,62}$/i.test(schema)) {
    throw new TypeError('`schema` must be 1 to 63 letters, digits and underscores, and not start with a digit.')
  }
  if (schema !== undefined && dialect === 'sqlite') {
    throw new TypeError('`schema` has no meaning in SQLite: leave it out.')
  }
  return { dialect, schema, tablePrefix }
}
