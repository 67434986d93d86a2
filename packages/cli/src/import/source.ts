import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadEnvironment } from '../environment.ts'
import { describe, Failure } from '../failure.ts'
import { objectOf } from '../json.ts'

/** A row of a table, by its columns. */
export type Row = Readonly<Record<string, unknown>>

/** A row, and where it stands for whoever looks for it. */
export interface PlacedRow {
  readonly row: Row
  readonly place: string
}

/** Where users come from. */
interface Source {
  /** All rows of a table; its name may be `schema.table`. */
  rows(table: string): Promise<readonly Row[]>
  close(): Promise<void>
}

/** How a source is written, for the help. */
export const sourceNote =
  'SOURCE is a SQLite file, or the address of a database: postgres://… or mysql://…, by the driver that the application has. It is only read. env:NAME is what that variable has, here or in .env: an address with a password belongs there, where others on this machine cannot see it.'

const sourceMend = 'name a SQLite file, or write the address of a database: postgres://… or mysql://…'

/** What stands for SOURCE, which may be in a variable: a command line can be read by everybody on the machine. */
export function sourceText(text: string, cwd: string): string {
  const [, name] = /^env:(\w+)$/.exec(text) ?? []
  if (name === undefined) return text
  loadEnvironment(cwd)
  const value = process.env[name]
  if (value) return value
  throw new Failure(`There is nothing in ${name}.`, 'set it, here or in .env, to what SOURCE would be')
}

/** All rows of these tables of a source, which is closed afterwards. */
export async function readTables(
  text: string,
  cwd: string,
  tables: readonly string[],
): Promise<readonly (readonly Row[])[]> {
  const source = await openSource(text, cwd)
  try {
    return await Promise.all(tables.map(source.rows))
  } finally {
    await source.close()
  }
}

/** Opens a SQLite file, or a database with the driver of the application in this folder. */
async function openSource(text: string, cwd: string): Promise<Source> {
  if (/^postgres(?:ql)?:/.test(text)) return openPostgres(text, cwd)
  if (/^(?:mysql|mariadb):/.test(text)) return openMysql(text, cwd)
  // Not repeated: there may be a password in it.
  if (text.includes('://')) throw new Failure('SOURCE is the address of a database that is not known here.', sourceMend)
  return openSqlite(resolve(cwd, text))
}

/** Rows of a table with their places. */
export function placed(rows: readonly Row[], table: string): readonly PlacedRow[] {
  return rows.map((row, i) => ({ row, place: `row ${i + 1} of ${table}` }))
}

/** The objects of a file of lines, each one JSON, as `mongoexport` writes it. */
export function readLines(file: string): readonly PlacedRow[] {
  mustExist(file)
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return []
    const row = objectOf(line)
    if (row !== undefined) return [{ row, place: `line ${i + 1}` }]
    throw new Failure(
      `Line ${i + 1} of ${file} is no JSON object.`,
      'write one object on each line, as mongoexport does',
    )
  })
}

async function openSqlite(file: string): Promise<Source> {
  mustExist(file)
  const { DatabaseSync } = await import('node:sqlite')
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    const tables = database.prepare("select name from sqlite_schema where type in ('table', 'view')").all()
    return {
      rows: async (table) => {
        try {
          return database.prepare(`select * from ${quoted(table, '"')}`).all()
        } catch (error) {
          const there = tables.map(({ name }) => name).join(', ') || 'none'
          throw new Failure(`${file}: ${describe(error).message}.`, `name the table by its option; there are: ${there}`)
        }
      },
      close: async () => database.close(),
    }
  } catch (error) {
    throw new Failure(`${file} can't be read: ${describe(error).message}.`, sourceMend)
  }
}

function mustExist(file: string): void {
  if (!existsSync(file)) throw new Failure(`There is no ${file}.`, sourceMend)
}

interface PostgresClient {
  connect(): Promise<unknown>
  query(sql: string): Promise<{ readonly rows: readonly Row[] }>
  end(): Promise<void>
}

async function openPostgres(url: string, cwd: string): Promise<Source> {
  const { default: pg } = await driver<{ default: { Client: new (url: string) => PostgresClient } }>('pg', cwd)
  const client = new pg.Client(url)
  await client.connect()
  return {
    rows: async (table) => (await client.query(`select * from ${quoted(table, '"')}`)).rows,
    close: () => client.end(),
  }
}

interface MysqlConnection {
  query(sql: string): Promise<readonly [readonly Row[], unknown]>
  end(): Promise<void>
}

async function openMysql(url: string, cwd: string): Promise<Source> {
  const mysql = await driver<{ createConnection(url: string): Promise<MysqlConnection> }>('mysql2/promise', cwd)
  const connection = await mysql.createConnection(url.replace(/^mariadb:/, 'mysql:'))
  return {
    rows: async (table) => (await connection.query(`select * from ${quoted(table, '`')}`))[0],
    close: () => connection.end(),
  }
}

async function driver<Module>(name: string, cwd: string): Promise<Module> {
  try {
    const path = createRequire(join(cwd, 'package.json')).resolve(name)
    return (await import(pathToFileURL(path).href)) as Module
  } catch {
    throw new Failure(`${name} is not installed here.`, `npm install ${name.split('/')[0]}`)
  }
}

function quoted(table: string, mark: string): string {
  return table
    .split('.')
    .map((part) => mark + part.replaceAll(mark, mark + mark) + mark)
    .join('.')
}
