import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Dialect } from './dialect.ts'

/** The column types of a server, and how it reads a field out of `data`. */
export interface Columns {
  /** Text that is compared byte for byte, at most so long. */
  key(length: number): RawBuilder<unknown>
  readonly integer: RawBuilder<unknown>
  readonly text: RawBuilder<unknown>
  readonly data: RawBuilder<unknown>
  /** Stored only where the server knows no virtual generated columns. */
  readonly stored: boolean
  /** A string in `data`, or NULL. */
  textAt(path: readonly string[]): RawBuilder<unknown>
  /** An instant in `data`, or NULL. */
  instantAt(path: readonly string[]): RawBuilder<unknown>
  /** What stands at the end of `create table`. */
  readonly tableOptions: RawBuilder<unknown>
}

/** The columns for a server, by its dialect and what it says of its version. */
export function columnsOf(dialect: Dialect, version: string): Columns {
  if (dialect === 'sqlite') return sqlite
  return dialect === 'postgres' ? postgres(Number(version)) : mysql(version.includes('MariaDB'))
}

// Up to 15 digits: an instant, and never more than the column can hold.
const digits = sql.lit('^[0-9]{1,15}$')

function postgres(version: number): Columns {
  const textAt = (path: readonly string[]): RawBuilder<unknown> => {
    const steps = path.map((name) => sql.lit(name))
    return sql`data #>> array[${sql.join(steps)}]`
  }
  return {
    key: (length) => sql`varchar(${sql.lit(length)}) collate "C"`,
    integer: sql`bigint`,
    text: sql`text`,
    // Not jsonb, which sorts members and knows no "\u0000".
    data: sql`json`,
    stored: version < 180_000,
    textAt,
    instantAt: (path) => sql`cast(substring(${textAt(path)} from ${digits}) as bigint)`,
    tableOptions: sql``,
  }
}

function mysql(mariadb: boolean): Columns {
  const textAt = (path: readonly string[]): RawBuilder<unknown> => sql`json_value(data, ${pathLiteral(path)})`
  // Without NO PAD `'x '` would equal `'x'`. The two have no such collation in common.
  const collation = mariadb
    ? sql`character set ascii collate ascii_nopad_bin`
    : sql`character set utf8mb4 collate utf8mb4_0900_bin`
  return {
    key: (length) => sql`varchar(${sql.lit(length)}) ${collation}`,
    integer: sql`bigint`,
    text: sql`text character set utf8mb4 collate utf8mb4_bin`,
    // Not MySQL's json, which sorts members.
    data: sql`longtext character set utf8mb4 collate utf8mb4_bin`,
    stored: false,
    textAt,
    instantAt: (path) => sql`case when ${textAt(path)} regexp ${digits} then cast(${textAt(path)} as signed) end`,
    tableOptions: sql`engine = InnoDB`,
  }
}

const sqlite: Columns = {
  key: () => sql`text`,
  integer: sql`integer`,
  text: sql`text`,
  data: sql`text`,
  stored: false,
  textAt: (path) => sql`data ->> ${pathLiteral(path)}`,
  instantAt(path) {
    const value = sqlite.textAt(path)
    const isInstant = sql`json_type(data, ${pathLiteral(path)}) = 'integer' and ${value} between 0 and 999999999999999`
    return sql`case when ${isInstant} then ${value} end`
  },
  tableOptions: sql`without rowid`,
}

function pathLiteral(path: readonly string[]): RawBuilder<unknown> {
  return sql.lit(`$.${path.join('.')}`)
}
