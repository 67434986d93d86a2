import type * as v from 'valibot'

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 has them. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a schema of valibot, or an action in its pipe, says of itself. */
interface Introspected {
  readonly kind: 'schema' | 'validation' | 'transformation'
  readonly type: string
  readonly requirement?: unknown
  readonly default?: unknown
  readonly literal?: unknown
  readonly entries?: Readonly<Record<string, Introspected>>
  readonly options?: readonly Introspected[]
  readonly item?: Introspected
  readonly wrapped?: Introspected
  readonly pipe?: readonly Introspected[]
}

const constraints: Readonly<Record<string, (requirement: unknown) => JsonSchema>> = {
  min_length: (minLength) => ({ minLength }),
  max_length: (maxLength) => ({ maxLength }),
  min_value: (minimum) => ({ minimum }),
  max_value: (maximum) => ({ maximum }),
  integer: () => ({ type: 'integer' }),
  iso_timestamp: () => ({ format: 'date-time' }),
  // What JSON Schema can't say is left out: the document allows a little more than the server.
  check: () => ({}),
}

/** What is sent to be read by a schema, as JSON Schema. Throws for a kind of schema that no body has had so far. */
export function toJsonSchema(schema: v.GenericSchema): JsonSchema {
  return convert(schema as unknown as Introspected)
}

function convert(schema: Introspected): JsonSchema {
  const { pipe = [schema] } = schema
  const end = pipe.findIndex(({ kind }) => kind === 'transformation')
  const [, ...actions] = end < 0 ? pipe : pipe.slice(0, end)
  const base = baseOf(schema)
  const isList = base['type'] === 'array'
  return Object.assign({}, base, ...actions.map((action) => constraintOf(action, isList))) as JsonSchema
}

function constraintOf({ type, requirement }: Introspected, isList: boolean): JsonSchema {
  if (isList && type === 'max_length') return { maxItems: requirement }
  return (constraints[type] ?? unknownKind(type))(requirement)
}

function baseOf(schema: Introspected): JsonSchema {
  const { type, entries = {}, options = [], item, wrapped, literal } = schema
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type }
    case 'unknown':
      return {}
    case 'record':
      return { type: 'object', additionalProperties: true }
    case 'literal':
      return { const: literal }
    case 'picklist':
      return { enum: options }
    case 'union':
      return { anyOf: options.map(convert) }
    case 'array':
      return { type, items: item && convert(item) }
    case 'nullable':
      return { anyOf: [wrapped && convert(wrapped), { type: 'null' }] }
    case 'optional':
      return { ...(wrapped && convert(wrapped)), ...(schema.default !== undefined && { default: schema.default }) }
    case 'object':
      return objectOf(entries)
    default:
      return unknownKind(type)
  }
}

function objectOf(entries: Readonly<Record<string, Introspected>>): JsonSchema {
  const members = Object.entries(entries)
  const required = members.filter(([, { type }]) => type !== 'optional').map(([name]) => name)
  const properties = Object.fromEntries(members.map(([name, member]) => [name, convert(member)]))
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

function unknownKind(type: string): never {
  throw new TypeError(`A schema of the kind ${type} has no place in the OpenAPI document yet.`)
}
