import { sql } from 'kysely'
import type { CompiledQuery, CreateTableBuilder, Kysely } from 'kysely'
import type { Columns } from './columns.ts'
import { entryTables, fullName } from './tables.ts'
import type { Place } from './tables.ts'

/** What a migration builds with. */
export interface Tools {
  readonly builder: Kysely<never>
  readonly columns: Columns
  readonly place: Place
}

/** A step from one form of the tables to the next. It only ever adds, so that servers of the last release go on working. */
export interface Migration {
  readonly name: string
  statements(tools: Tools): readonly CompiledQuery[]
}

/** Every migration, oldest first. What has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001_tables',
    statements: (tools) => [...entryTables.flatMap((table) => entryTable(tools, table)), ...counterTable(tools)],
  },
]

type Table = CreateTableBuilder<string, string>

/** The fields of `data` that a person would ask for, as columns. */
const visible: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  users: {
    username: ['profile', 'username'],
    email: ['profile', 'email'],
    disabled_at: ['disabledAt'],
    epoch: ['epoch'],
    api_token_epoch: ['apiTokenEpoch'],
  },
  sessions: {
    epoch: ['epoch'],
    created_at: ['createdAt'],
    last_seen_at: ['lastSeenAt'],
    address: ['address'],
    user_agent: ['userAgent'],
  },
  api_tokens: { epoch: ['epoch'], name: ['name'], created_at: ['createdAt'], last_used_at: ['lastUsedAt'] },
}

function entryTable(tools: Tools, table: string): readonly CompiledQuery[] {
  const { columns, place } = tools
  const key = table === 'entries' ? ['kind', 'id'] : ['id']
  let create = start(tools, table)
  if (table === 'entries') create = create.addColumn('kind', columns.key(32), (column) => column.notNull())
  create = create
    .addColumn('id', columns.key(255), (column) => column.notNull())
    .addColumn('owner', columns.key(128))
    .addColumn('expires_at', columns.integer)
    .addColumn('version', columns.integer, (column) => column.notNull())
    .addColumn('data', columns.data, (column) => column.notNull())
  for (const [name, path] of Object.entries(visible[table] ?? {})) {
    const isInstant = name.endsWith('_at')
    create = create.addColumn(name, isInstant ? columns.integer : columns.text, (column) => {
      const generated = column.generatedAlwaysAs(isInstant ? columns.instantAt(path) : columns.textAt(path))
      return columns.stored ? generated.stored() : generated
    })
  }
  create = create.addPrimaryKeyConstraint(`${place.tablePrefix}${table}_key`, key)
  // Events outlive the user whom they tell of; a user's own entry has no owner.
  if (table !== 'events' && table !== 'users') {
    create = create.addForeignKeyConstraint(
      `${place.tablePrefix}${table}_owner`,
      ['owner'],
      fullName(place, 'users'),
      ['id'],
      (foreignKey) => foreignKey.onDelete('cascade'),
    )
  }
  return [
    create.modifyEnd(columns.tableOptions).compile(),
    index(tools, table, 'by_owner', ['owner', ...key]),
    index(tools, table, 'by_expiry', ['expires_at']),
  ]
}

function counterTable(tools: Tools): readonly CompiledQuery[] {
  const { columns, place } = tools
  const create = start(tools, 'counters')
    .addColumn('name', columns.key(255), (column) => column.notNull())
    .addColumn('count', columns.integer, (column) => column.notNull())
    .addColumn('reset_at', columns.integer, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${place.tablePrefix}counters_key`, ['name'])
  return [create.modifyEnd(columns.tableOptions).compile(), index(tools, 'counters', 'by_expiry', ['reset_at'])]
}

function start({ builder, place }: Tools, table: string): Table {
  return builder.schema.createTable(fullName(place, table)) as Table
}

function index({ builder, place }: Tools, table: string, name: string, columns: readonly string[]): CompiledQuery {
  return builder.schema
    .createIndex(`${place.tablePrefix}${table}_${name}`)
    .on(fullName(place, table))
    .columns(columns.map((column) => sql.ref(column)) as never)
    .compile()
}
