import type { Route } from '../route.ts'
import { type Described, describeRoute, tags } from './described.ts'
import { type JsonSchema, toJsonSchema } from './json-schema.ts'
import { callers, type Operation, parameters } from './operation.ts'
import { createResponses, refusalsOf, type Responses } from './responses.ts'
import { schemesOf, securityOf, type TokenPlaces } from './security.ts'
import { shapes } from './shapes.ts'

/** What the document is of. */
export interface DocumentDeps extends TokenPlaces {
  /** The mount path as it is seen from outside. */
  readonly publicPath: string
}

const description =
  'A new token goes back by the way that the old one came: as a cookie it is never in the body, unless a log-in says ' +
  '`returnToken`. Refusals are problem documents (RFC 9457) with a stable `code`. Members may be added.'

const descriptions: Readonly<Record<string, string>> = {
  '200': 'Done.',
  '201': 'Made.',
  '202': 'Taken on, whatever comes of it.',
  '204': 'Done.',
  '303': 'Go on there.',
  '503': 'Not available.',
}

/** The OpenAPI 3.1 document of a table of routes. */
export function openApiDocument(routes: readonly Route[], deps: DocumentDeps): JsonSchema {
  const responses = createResponses()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const described of routes.map(describeRoute)) {
    const { method, path } = described.route
    const item = (paths[path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})
    item[method.toLowerCase()] = operationObject(described, responses, deps)
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Sallyport', version: '1', description },
    servers: [{ url: deps.publicPath || '/' }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: { schemas: shapes, responses: responses.components(), securitySchemes: schemesOf(deps) },
  }
}

function operationObject(described: Described, responses: Responses, deps: DocumentDeps): JsonSchema {
  const { route, operation, tag } = described
  const body = bodyOf(route, operation)
  return {
    operationId: operation.id,
    tags: [tag],
    summary: operation.summary,
    description: callers[operation.caller].description,
    parameters: parametersOf(route, operation),
    ...(body !== undefined && { requestBody: body }),
    responses: { ...responses.of(refusalsOf(route, operation)), ...answersOf(operation) },
    security: securityOf(described, deps),
  }
}

function parametersOf({ path }: Route, { query }: Operation): readonly JsonSchema[] {
  const schema = { type: 'string', pattern: '^[\\w.~-]{1,255}$' }
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema })),
    ...query.map((name) => ({ name, in: 'query', description: parameters[name][0], schema: parameters[name][1] })),
  ]
}

function bodyOf({ takes }: Route, { form }: Operation): JsonSchema | undefined {
  if (form !== undefined) return { required: true, content: { 'application/x-www-form-urlencoded': { schema: form } } }
  if (takes === undefined) return undefined
  const schema = toJsonSchema(takes)
  return { required: 'required' in schema, content: { 'application/json': { schema } } }
}

function answersOf({ answers, mediaType = 'application/json' }: Operation): Readonly<Record<string, JsonSchema>> {
  const location = { Location: { description: 'Where to go on.', schema: { type: 'string' } } }
  const entries = Object.entries(answers).map(([status, schema]) => {
    const answer = {
      description: descriptions[status] ?? '',
      ...(status === '303' && { headers: location }),
      ...(schema !== undefined && { content: { [mediaType]: { schema } } }),
    }
    return [status, answer] as const
  })
  return Object.fromEntries(entries)
}
