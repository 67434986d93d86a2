/** A JSON Schema of the document. */
export type Schema = Readonly<Record<string, unknown>>

interface Reading {
  readonly $ref?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
}

/** A schema as a TypeScript type. What is sent may hold `undefined` where a member may be absent. */
export function typeOf(schema: Schema, isSent = false): string {
  const { $ref, anyOf, oneOf, type, items = {}, ...read } = schema as Reading
  const inner = (of: Schema) => typeOf(of, isSent)
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1)
  if (read.const !== undefined) return literal(read.const)
  if (read.enum !== undefined) return read.enum.map(literal).join(' | ')
  const choices = anyOf ?? oneOf
  if (choices !== undefined) return choices.map(inner).join(' | ')
  if (Array.isArray(type)) return type.map((one: string) => inner({ ...schema, type: one })).join(' | ')
  if (type === 'array') return `readonly ${grouped(inner(items))}[]`
  if (type === 'object') return objectType(schema as Reading, isSent)
  return (typeof type === 'string' && simple[type]) || 'unknown'
}

const simple: Readonly<Record<string, string>> = {
  integer: 'number',
  number: 'number',
  string: 'string',
  boolean: 'boolean',
  null: 'null',
}

function grouped(type: string): string {
  return /[ |]/.test(type) && !type.startsWith('{') ? `(${type})` : type
}

/** The members of an object schema, in braces; `undefined` for one that has no names of its own. */
export function membersOf(schema: Schema, isSent = false): string | undefined {
  const { properties, required = [] } = schema as Reading
  if (properties === undefined) return undefined
  const members = Object.entries(properties).map(([name, of]) => {
    const type = typeOf(of, isSent)
    if (required.includes(name)) return `readonly ${name}: ${type}`
    return `readonly ${name}?: ${type}${isSent ? ' | undefined' : ''}`
  })
  return members.length === 0 ? undefined : `{ ${members.join('; ')} }`
}

/** Whether an object may have members that are not named. */
export function isOpen(schema: Schema): boolean {
  return (schema as Reading).additionalProperties === true
}

function objectType(schema: Reading, isSent: boolean): string {
  const { additionalProperties: rest } = schema
  const named = membersOf(schema as Schema, isSent)
  if (typeof rest === 'object') return `Readonly<Record<string, ${typeOf(rest, isSent)}>>`
  if (named === undefined)
    return rest === true ? 'Readonly<Record<string, unknown>>' : 'Readonly<Record<string, never>>'
  return rest === true ? `${named} & Readonly<Record<string, unknown>>` : named
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
