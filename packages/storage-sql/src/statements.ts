import type { Dialect } from './dialect.ts'
import { statement } from './statement.ts'
import type { Statement } from './statement.ts'
import { quotedName } from './tables.ts'
import type { Place } from './tables.ts'

/**
 * How many rows one statement may remove or list. Few sizes make few statements (a server counts the prepared ones), and
 * a bounded one keeps nobody waiting long for its locks. MySQL takes no parameter there from some versions of its driver.
 */
export const removalSizes = [100, 20, 5, 1] as const
export const pageSizes = [11, 51, 101, 1001] as const

/** What MySQL says of an insert, as its `insertId`. */
export const stored = 1
const refused = 2

/** What is done to the entries in one table. */
export interface EntryStatements {
  readonly get: Statement
  readonly getWithOwner: Statement
  /** Stores if the key is free or held by an expired entry: then it changes a row; on MySQL, `insertId` is `stored`. */
  readonly insert: Statement
  readonly replace: Statement
  /** Removes and returns; MySQL cannot, and has `takeVersion`. */
  readonly take: Statement | undefined
  readonly takeVersion: Statement
  readonly removeBatch: Statement
  /** By page size. */
  readonly listByOwner: Readonly<Record<number, Statement>>
  readonly listByPrefix: Readonly<Record<number, Statement>>
}

/** What is done to counters. */
export interface CounterStatements {
  readonly read: Statement
  /** Both return the counter, but for MySQL, where the count is the `insertId`. */
  readonly add: Statement
  readonly refund: Statement
}

/** The statements for the entries in a table. */
export function entryStatements(place: Place, name: string): EntryStatements {
  const { dialect } = place
  const make = (sql: string): Statement => statement(dialect, sql)
  const table = quotedName(place, name)
  const shared = name === 'entries'
  const keyColumns = shared ? 'kind, id' : 'id'
  const ofKind = (alias = ''): string => (shared ? `${alias}kind = :kind and ` : '')
  const key = (alias = ''): string => `${ofKind(alias)}${alias}id = :id`
  // PostgreSQL's driver would parse json by itself.
  const columns = (alias = '', as = ''): string => {
    const data = `${alias}data${dialect === 'postgres' ? '::text' : ''}`
    const names = ['owner', 'expires_at', 'version'].map((name) => `${alias}${name}${as && ` as ${as}${name}`}`)
    return [...names, `${data} as ${as}data`].join(', ')
  }
  const list = (condition: string): Readonly<Record<number, Statement>> => {
    const select = `select id, ${columns()} from ${table} where ${ofKind()}${condition} and id > :after order by id`
    return Object.fromEntries(pageSizes.map((size) => [size, make(`${select} limit ${size}`)]))
  }

  return {
    get: make(`select ${columns()} from ${table} where ${key()}`),
    getWithOwner: make(`select ${columns('e.')}, ${columns('u.', 'user_')} from ${table} e
      left join ${quotedName(place, 'users')} u on u.id = e.owner where ${key('e.')}`),
    insert: make(insertion(dialect, table, keyColumns)),
    replace: make(`update ${table} set expires_at = :expiresAt, data = :data, version = version + 1
      where ${key()} and version = :version and (expires_at is null or expires_at > :now)`),
    take: dialect === 'mysql' ? undefined : make(`delete from ${table} where ${key()} returning ${columns()}`),
    takeVersion: make(`delete from ${table} where ${key()} and version = :version`),
    removeBatch: make(
      removal(dialect, table, keyColumns, `${ofKind()}owner = :owner and id <> :except`, removalSizes[0], 'wait'),
    ),
    listByOwner: list('owner = :owner'),
    listByPrefix: list('id >= :from and id < :to'),
  }
}

function insertion(dialect: Dialect, table: string, keyColumns: string): string {
  const columns = `(${keyColumns}, owner, expires_at, version, data)`
  const key = keyColumns.replaceAll(/\w+/g, ':$&')
  if (dialect !== 'mysql') {
    return `insert into ${table} as e ${columns} values (${key}, :owner, :expiresAt, :version, :data)
      on conflict (${keyColumns}) do update set owner = excluded.owner, expires_at = excluded.expires_at,
        version = excluded.version, data = excluded.data where e.expires_at <= :now`
  }
  // The number of rows does not tell who won: mysql2 has the server count a row that was found as one that was changed.
  // (A plain insert and error 1062 would, but its callers end in each other's deadlocks: it locks for reading first.)
  // Assignments are made from left to right, and all but the last go by the old expiry.
  const ifExpired = (column: string, yes: string): string => `${column} = if(expires_at <= :now, ${yes}, ${column})`
  const version = `if(expires_at <= :now, :version + 0 * last_insert_id(${stored}), version + 0 * last_insert_id(${refused}))`
  return `insert into ${table} ${columns}
    values (${key}, :owner, :expiresAt, :version + 0 * last_insert_id(${stored}), :data)
    on duplicate key update version = ${version}, ${ifExpired('owner', ':owner')}, ${ifExpired('data', ':data')},
      ${ifExpired('expires_at', ':expiresAt')}`
}

/** Statements that remove expired rows of a table, by how many at most. */
export function sweepStatements(place: Place, table: string): Readonly<Record<number, Statement>> {
  const key = { entries: 'kind, id', counters: 'name' }[table] ?? 'id'
  const condition = `${table === 'counters' ? 'reset_at' : 'expires_at'} < :now`
  return Object.fromEntries(
    removalSizes.map((size) => [
      size,
      statement(place.dialect, removal(place.dialect, quotedName(place, table), key, condition, size, 'skip')),
    ]),
  )
}

/** `locked` says what to do about rows that somebody else is just changing, where a database can choose. */
function removal(
  dialect: Dialect,
  table: string,
  key: string,
  condition: string,
  limit: number,
  locked: 'wait' | 'skip',
): string {
  if (dialect === 'mysql') return `delete from ${table} where ${condition} limit ${limit}`
  const chosen = `select ${key} from ${table} where ${condition} limit ${limit}`
  if (dialect === 'sqlite') return `delete from ${table} where (${key}) in (${chosen})`
  // Chosen once, and under the lock: what was renewed meanwhile is judged again, and no plan makes it more than the limit.
  return `with chosen as materialized (${chosen} for update ${locked === 'skip' ? 'skip locked' : ''})
    delete from ${table} where (${key}) in (select ${key} from chosen)`
}

/** The statements for counters. */
export function counterStatements(place: Place): CounterStatements {
  const table = quotedName(place, 'counters')
  const make = (sql: string): Statement => statement(place.dialect, sql)
  const live = 'where name = :name and reset_at > :now'
  const read = make(`select count, reset_at from ${table} ${live}`)
  if (place.dialect === 'mysql') {
    return {
      read,
      // MySQL assigns from left to right: the count is made of the old end of the window.
      add: make(`insert into ${table} (name, count, reset_at) values (:name, last_insert_id(:by), :resetAt)
        on duplicate key update count = last_insert_id(if(reset_at <= :now, :by, count + :by)),
          reset_at = if(reset_at <= :now, :resetAt, reset_at)`),
      refund: make(`update ${table} set count = last_insert_id(greatest(0, count + :by)) ${live}`),
    }
  }
  const returning = 'returning count, reset_at'
  return {
    read,
    add: make(`insert into ${table} as c (name, count, reset_at) values (:name, :by, :resetAt)
      on conflict (name) do update set
        count = case when c.reset_at <= :now then excluded.count else c.count + excluded.count end,
        reset_at = case when c.reset_at <= :now then excluded.reset_at else c.reset_at end ${returning}`),
    refund: make(
      `update ${table} set count = case when count + :by < 0 then 0 else count + :by end ${live} ${returning}`,
    ),
  }
}
