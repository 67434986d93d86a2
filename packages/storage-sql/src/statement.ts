import { createHash } from 'node:crypto'
import type { Dialect, SqlValue } from './dialect.ts'

/** A statement with fixed text: what changes are its parameters. */
export interface Statement {
  /** Names the text: equal for equal texts alone, so that storages may share connections. */
  readonly name: string
  readonly text: string
  readonly writes: boolean
  /** The values in the order of the placeholders. */
  bind(values: Readonly<Record<string, SqlValue>>): readonly SqlValue[]
}

/** Makes a statement of SQL that names its parameters `:so`. */
export function statement(dialect: Dialect, sql: string): Statement {
  const names: string[] = []
  const text = sql.replace(/(?<!:):([a-z]\w*)/gi, (_, name: string) => {
    if (dialect !== 'postgres' || !names.includes(name)) names.push(name)
    return dialect === 'postgres' ? `$${names.indexOf(name) + 1}` : '?'
  })
  return {
    name: `sallyport_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`,
    text,
    writes: !/^\s*select\b/i.test(text),
    bind: (values) =>
      names.map((name) => {
        const value = values[name]
        if (value === undefined) throw new TypeError(`The parameter :${name} has no value.`)
        return value
      }),
  }
}
