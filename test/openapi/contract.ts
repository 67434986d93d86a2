import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect } from 'vitest'

type Json = Readonly<Record<string, unknown>>

/** What the tests read of an OpenAPI document. */
export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>
    readonly responses: Readonly<Record<string, Response>>
    readonly securitySchemes: Readonly<Record<string, Json>>
  }
}

export interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Response & { readonly $ref?: string }>>
  readonly requestBody?: { readonly content: Content }
  readonly security: readonly Json[]
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
}

interface Response {
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: Json }>>

/** What went over the wire. */
export interface Exchange {
  readonly method: string
  /** Below the mount path, without a query. */
  readonly path: string
  readonly query: readonly string[]
  readonly sent: object | undefined
  readonly status: number
  readonly mediaType: string | undefined
  readonly received: unknown
}

/** A document that exchanges are held against. */
export interface Contract {
  /** Fails unless the exchange is one that the document describes, with no member that it does not know. */
  hold(exchange: Exchange): void
  /** The answers that are no refusals and were not seen so far. */
  unseen(): readonly string[]
}

export function contractOf(document: OpenApi): Contract {
  const closed = close(document) as OpenApi
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
  formats.default(ajv)
  ajv.addVocabulary(Object.keys(document))
  ajv.addSchema({ $id: 'document', ...closed })
  const validators = new Map<string, ValidateFunction>()
  const seen = new Set<string>()

  function validate(pointer: readonly string[], value: unknown, what: string): void {
    const $ref = `document#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const validator = validators.get($ref) ?? ajv.compile({ $ref })
    validators.set($ref, validator)
    const isValid = validator(value)
    expect(isValid ? [] : validator.errors, `${what}: ${JSON.stringify(value)}`).toEqual([])
  }

  return {
    hold({ method, path, query, sent, status, mediaType, received }) {
      const template = templateOf(closed, method, path)
      const what = `${method} ${template} ${status}`
      const at = ['paths', template, method.toLowerCase()]
      const operation = closed.paths[template]?.[method.toLowerCase()] ?? expect.fail(`${what} is not described`)
      const parameters = operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name)
      expect([what, ...query.filter((name) => !parameters.includes(name))]).toEqual([what])
      const described =
        operation.responses[status] ?? expect.fail(`${what} is not described: ${JSON.stringify(received)}`)
      if (status < 400) seen.add(`${method} ${template} ${status}`)
      const [format] = Object.keys(operation.requestBody?.content ?? {})
      if (format === undefined) expect(Object.keys(sent ?? {}), `${what} takes nothing`).toEqual([])
      else if (status < 400) validate([...at, 'requestBody', 'content', format, 'schema'], sent, `${what} was sent`)
      const { $ref } = described
      const name = $ref?.slice('#/components/responses/'.length) ?? ''
      const content = ($ref === undefined ? described : closed.components.responses[name])?.content
      expect([what, mediaType]).toEqual([what, Object.keys(content ?? {})[0]])
      if (content === undefined || mediaType === undefined) return
      const response = $ref === undefined ? [...at, 'responses', String(status)] : ['components', 'responses', name]
      validate([...response, 'content', mediaType, 'schema'], received, what)
    },

    unseen: () =>
      Object.entries(document.paths).flatMap(([path, item]) =>
        Object.entries(item).flatMap(([method, { responses }]) =>
          Object.keys(responses)
            .filter((status) => Number(status) < 400)
            .map((status) => `${method.toUpperCase()} ${path} ${status}`)
            .filter((answer) => !seen.has(answer)),
        ),
      ),
  }
}

/** The most specific template that a path matches. */
function templateOf({ paths }: OpenApi, method: string, path: string): string {
  const templates = Object.keys(paths).filter(
    (template) =>
      paths[template]?.[method.toLowerCase()] !== undefined &&
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  const blanks = (template: string) => template.split('{').length
  return templates.toSorted((one, other) => blanks(one) - blanks(other))[0] ?? expect.fail(`no ${method} ${path}`)
}

/** The same document, in which no object has members that are not named, unless it says that it may. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, close(member)]))
  const isObject = members['type'] === 'object' && typeof members['properties'] === 'object'
  return isObject && members['additionalProperties'] === undefined
    ? { ...members, additionalProperties: false }
    : members
}
