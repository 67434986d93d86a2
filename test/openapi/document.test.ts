import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createAuth, emailCodes, refusals, recoveryCodes, type Settings, smsCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import { memoryStorage } from '@sallyport/storage-memory'
import { beforeAll, describe, expect, test } from 'vitest'
import { wordFactor } from '../../packages/core/test/mfa/mfa-house.ts'
import { root } from '../../scripts/run.ts'
import type { OpenApi, Operation } from './contract.ts'
import { origin } from './visitor.ts'

const page = readFileSync(join(root, 'docs/http.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map(
  ([, route = '', , body = '', answers = '', refused = '']) => ({ route, body, answers, refused }),
)
let document: OpenApi

async function documentOf(settings: Partial<Settings> = {}): Promise<OpenApi> {
  const auth = createAuth({
    origin,
    secret: 'a secret of the tests, known to everybody who reads it',
    storage: memoryStorage(),
    deliver: () => {},
    factors: [totp(), recoveryCodes(), passkeys(), emailCodes(), smsCodes()],
    ...settings,
  })
  const mounted = settings.basePath ?? '/auth'
  const answer = await auth.handle(new Request(`${origin}${mounted}/openapi.json`))
  return (await answer?.json()) as OpenApi
}

/** The validator changes what it reads. */
function copyOf(of: OpenApi): Record<string, unknown> {
  return { ...structuredClone(of) }
}

function operationOf(route: string): Operation {
  const [method = '', path = ''] = route.split(' ')
  const found = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  return found ?? expect.fail(`${route} is not in the document`)
}

function codesOf({ responses }: Operation): readonly string[] {
  return Object.values(responses).flatMap(({ $ref }) => $ref?.split('.').slice(1) ?? [])
}

beforeAll(async () => {
  document = await documentOf()
})

test('it is an OpenAPI 3.1 document', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(copyOf(document))
  expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1'])
  const broken = { ...copyOf(document), paths: { '/x': { get: { responses: 'none' } } } }
  expect((await new Validator().validate(broken)).valid).toBe(false)
})

test('every reference leads somewhere, and every shape and response is needed', () => {
  const text = JSON.stringify(document)
  const references = new Set([...text.matchAll(/"#\/components\/(schemas|responses)\/([^"]+)"/g)].map(([all]) => all))
  const there = (['schemas', 'responses'] as const).flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `"#/components/${kind}/${name}"`),
  )
  expect([...references].sort()).toEqual(there.sort())
})

test('operations have names of their own', () => {
  const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBe(rows.length)
})

describe('it says what docs/http.md says', () => {
  test.each(rows)('$route', ({ route, body, answers, refused }) => {
    const operation = operationOf(route)
    const statuses = [...answers.matchAll(/\b(20[0-4]|303)\b/g)].map(([status]) => status)
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses))
    const codes = [...refused.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? '')
    expect(codesOf(operation)).toEqual(expect.arrayContaining(codes.filter((code) => Object.hasOwn(refusals, code))))
    const schemas = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema['properties'] ?? {})
    const named = body.replaceAll(/\([^)]*\)|`form_post`/g, '')
    const fields = [...named.matchAll(/`(\w+)\??`/g)].map(([, field]) => field)
    expect(Object.keys(schemas[0] ?? {})).toEqual(expect.arrayContaining(fields))
    const queries = [...body.matchAll(/[?&](\w+)=/g)].map(([, name]) => name)
    expect(operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name)).toEqual(
      expect.arrayContaining(queries),
    )
  })
})

test('what a route says that it takes is what it reads its body by', () => {
  const folder = join(root, 'packages/core/src/http')
  const sources = readdirSync(folder).filter((name) => name.endsWith('-routes.ts'))
  const blocks = sources.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split(/(?=^ {4}\{\n)|(?=\bpost\()/m)
      .map((text) => ({ name, text })),
  )
  const compared = blocks.flatMap(({ name, text }) => {
    const read = /request\.body\((\w+)\)/.exec(text)?.[1]
    const said = /^ {6}takes: (\w+),$/m.exec(text)?.[1]
    return read === undefined && said === undefined ? [] : [{ name, read, said }]
  })
  const inFactors = compared.filter(({ name }) => name === 'factor-routes.ts')
  const others = compared.filter(({ name }) => name !== 'factor-routes.ts')
  expect(others.filter(({ read, said }) => read !== said)).toEqual([])
  expect([others.length, inFactors.length]).toEqual([24, 4])
})

describe('it is of the installation that serves it', () => {
  test('with the places where a token may stand', async () => {
    const strict = await documentOf({ query: false, bearer: true })
    expect(Object.keys(document.components.securitySchemes)).toEqual(['cookie', 'query'])
    expect(Object.keys(strict.components.securitySchemes)).toEqual(['cookie', 'bearer'])
    expect(strict.paths['/sessions']?.['get']?.security).toEqual([{ cookie: [] }, { bearer: [] }])
    const narrow = await documentOf({ query: 'api-tokens-only', queryParameter: 'key' })
    expect(narrow.components.securitySchemes['query']).toMatchObject({ in: 'query', name: 'key' })
    expect(narrow.paths['/sessions']?.['get']?.security).toEqual([{ cookie: [] }])
    expect(narrow.paths['/session']?.['get']?.security).toEqual([{}, { cookie: [] }, { query: [] }])
    expect(narrow.paths['/login']?.['post']?.security).toEqual([])
  })

  test('with its mount path and its factors, those of the application too', async () => {
    const own = await documentOf({ basePath: '/door', factors: [wordFactor('key', { logIn: true })] })
    expect(own).toMatchObject({ servers: [{ url: '/door' }] })
    const { valid } = await new Validator().validate(copyOf(own))
    expect(valid).toBe(true)
    expect(Object.keys(own.paths)).toContain('/factors/key')
    expect(Object.keys(own.paths)).not.toContain('/factors/totp')
    expect(own.paths['/login/key']?.['post']?.security).toEqual([])
  })
})
