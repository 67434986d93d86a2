import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { totp } from '../../packages/core/src/factors/totp.ts'
import type { RouteDeps } from '../../packages/core/src/http/deps.ts'
import { openApiDocument } from '../../packages/core/src/http/openapi/document.ts'
import { routeTable } from '../../packages/core/src/http/routes.ts'
import { emailCodes, type FactorHost, recoveryCodes, smsCodes } from '../../packages/core/src/index.ts'
import { passkeys } from '../../packages/passkeys/src/index.ts'
import { root } from '../run.ts'
import { isOpen, membersOf, type Schema, typeOf } from './typescript.ts'

/** What we read of an OpenAPI document. */
export interface OpenApi {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** A route of it. */
export interface Operation {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content; readonly $ref?: string }>
  >
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

const note = '// Generated of the OpenAPI document by `npm run docs`. Change the routes instead.\n'
const folder = 'packages/client/src/wire'
/** Which groups of the document are in which interface. */
const files = {
  'session-routes.ts': ['SessionRoutes', 'Log-in, sessions and tokens.', ['Session and tokens', 'Third-party login']],
  'factor-routes.ts': ['FactorRoutes', 'Factors.', ['Factors']],
  'account-routes.ts': [
    'AccountRoutes',
    'Accounts and administration.',
    ['Account', 'Administration', 'This installation'],
  ],
} as const
const ofProblems = ['Requirement', 'Code', 'Problem']

/** The types of what goes over the wire, as the client has them. */
export const clientSources: Readonly<Record<string, () => string>> = {
  [`${folder}/shapes.ts`]: () =>
    source(
      'shapes.ts',
      shapes((name) => !ofProblems.includes(name)),
    ),
  [`${folder}/problem.ts`]: () =>
    source(
      'problem.ts',
      shapes((name) => ofProblems.includes(name)),
    ),
  ...Object.fromEntries(
    Object.entries(files).map(([file, [name, description, tags]]) => [
      `${folder}/${file}`,
      () => source(file, routes(name, description, tags)),
    ]),
  ),
}

/** The document of an installation that has everything. No handler and no factor runs, so there is nothing behind it. */
export function documentOfAll(): OpenApi {
  const nothing: unknown = { auth: {}, origin: 'https://app.example.com', messenger: {}, credentials: () => ({}) }
  const factors = [totp(), recoveryCodes(), passkeys(), emailCodes(), smsCodes()].map((type) =>
    type(nothing as FactorHost),
  )
  const transports = { parameter: 'token', query: true, bearer: true } as const
  const table = routeTable(nothing as RouteDeps, factors)
  return openApiDocument(table, { publicPath: '/auth', cookieName: 'sallyport', transports }) as unknown as OpenApi
}

function shapes(isIn: (name: string) => boolean): string {
  const wanted = Object.entries(documentOfAll().components.schemas).filter(([name]) => isIn(name))
  const declarations = wanted.map(([name, schema]) => {
    const members = membersOf(schema)
    const { description = '' } = schema as { readonly description?: string }
    const extended = isOpen(schema) ? ' extends Readonly<Record<string, unknown>>' : ''
    const type = members === undefined ? `type ${name} = ${typeOf(schema)}` : `interface ${name}${extended} ${members}`
    return `/** ${description} */\nexport ${type}\n`
  })
  return declarations.join('\n')
}

function routes(name: string, description: string, tags: readonly string[]): string {
  const members = Object.entries(documentOfAll().paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const answer = answerOf(operation)
      if (!tags.includes(operation.tags[0] ?? '') || answer === undefined) return []
      const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
      const parts = [bodyOf(operation), queryOf(operation), `readonly answer: ${answer}`]
      return [`/** ${operation.summary}. */\n'${route}': { ${parts.filter(Boolean).join('; ')} }`]
    }),
  )
  const code = `/** ${description} */\nexport interface ${name} { ${members.join('\n')} }\n`
  const used = Object.keys(documentOfAll().components.schemas).filter((shape) =>
    new RegExp(`\\b${shape}\\b`).test(code.replaceAll(/\/\*\*.*?\*\//g, '')),
  )
  return `import type { ${used.join(', ')} } from './shapes.ts'\n\n${code}`
}

/** What a program gets; `undefined` for a route that only a browser or a provider follows. */
function answerOf({ responses, requestBody }: Operation): string | undefined {
  const done = Object.entries(responses).filter(([status]) => Number(status) < 400)
  const isForPrograms = done.every(
    ([status, { content }]) => status !== '303' && Object.keys(content ?? {}).every((type) => type.endsWith('/json')),
  )
  if (!isForPrograms || requestBody?.content['application/x-www-form-urlencoded'] !== undefined) return undefined
  const types = done.map(([, { content }]) =>
    content ? typeOf(content['application/json']?.schema ?? {}) : 'undefined',
  )
  return [...new Set(types)].join(' | ')
}

function bodyOf({ requestBody }: Operation): string | undefined {
  if (requestBody === undefined) return undefined
  const schema = requestBody.content['application/json']?.schema ?? {}
  return `readonly body${requestBody.required ? '' : '?'}: ${typeOf(schema, true)}`
}

function queryOf({ parameters }: Operation): string | undefined {
  const query = parameters.filter((one) => one.in === 'query')
  if (query.length === 0) return undefined
  const members = query.map(({ name, schema }) => `readonly ${name}?: ${typeOf(schema)} | undefined`)
  return `readonly query?: { ${members.join('; ')} }`
}

function source(name: string, code: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'format', `--stdin-file-path=${folder}/${name}`]
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    input: note + code,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
