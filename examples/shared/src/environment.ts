import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { EnvironmentError } from './environment-error.ts'
import { type ProviderOptions, readProviders } from './providers.ts'

/** A user that is created at the start, if there is none of that name. */
export interface InitialUser {
  readonly username: string
  readonly password: string
  readonly email?: string | undefined
  readonly roles?: readonly string[] | undefined
}

/** What the environment says, checked. What only Sallyport can judge is left to it. */
export interface Environment {
  readonly port: number
  /** The public origin; by default that of the port, on localhost. */
  readonly origin: string | undefined
  readonly secret: string | undefined
  readonly storage: string
  /** The folder of the default database and secret. */
  readonly data: string
  /** Whether anything is kept there. */
  readonly usesData: boolean
  readonly users: readonly InitialUser[]
  /** Whether the users are the demo's, whose passwords everybody knows. */
  readonly isDemo: boolean
  readonly isProduction: boolean
  readonly trustedProxies: readonly string[]
  readonly bearer: boolean
  /** The providers of PROVIDERS; `undefined` when there is no such variable. */
  readonly providers: readonly ProviderOptions[] | undefined
  /** The mail server. */
  readonly mail: string | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

const demoUsers: readonly InitialUser[] = [
  { username: 'ada', password: 'a brass engine counts', email: 'ada@example.com', roles: ['admin'] },
  { username: 'grace', password: 'a moth in the relay', email: 'grace@example.com', roles: ['editor'] },
  { username: 'alan', password: 'an oracle never halts', roles: ['reader'] },
]

/** Reads the variables. Throws `EnvironmentError` for the first that can't work. */
export function readEnvironment(env: Variables): Environment {
  const isProduction = env['NODE_ENV'] === 'production'
  const data = resolve(env['DATA'] || join(import.meta.dirname, '../../data'))
  // A server is somebody's: accounts that everybody knows are made there by whoever asks for them.
  const isServer = !/^(?:sqlite:|memory$|$)/.test(env['STORAGE'] ?? '')
  const isDemo = !env['USERS'] && !isProduction && (!isServer || readSwitch('DEMO', env['DEMO']))
  return {
    port: readPort(env['PORT']),
    origin: env['ORIGIN'] || undefined,
    secret: env['SALLYPORT_SECRET'] || undefined,
    // The demo's users stay apart: whoever goes on to real ones must not inherit accounts that everybody knows.
    storage: env['STORAGE'] || `sqlite:${join(data, isDemo ? 'demo.sqlite' : 'sallyport.sqlite')}`,
    data,
    usesData: !env['STORAGE'] || !(env['SALLYPORT_SECRET'] || isProduction),
    users: isDemo ? demoUsers : readUsers(env['USERS']),
    isDemo,
    isProduction,
    trustedProxies: list(env['TRUSTED_PROXIES']),
    bearer: readSwitch('BEARER', env['BEARER']),
    providers: env['PROVIDERS'] ? readProviders(env['PROVIDERS']) : undefined,
    mail: env['MAIL'] || undefined,
  }
}

function readPort(text = ''): number {
  if (text === '') return 3000
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new EnvironmentError('PORT', `is ${quote(text)}`, 'give a number from 0 to 65535; 0 takes any free port')
}

function readSwitch(variable: string, text = ''): boolean {
  if (text === '1' || text === '0' || text === '') return text === '1'
  throw new EnvironmentError(variable, `is ${quote(text)}`, 'give 1 to switch it on, or leave it out')
}

function list(text = ''): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

const text = (what: string) => v.pipe(v.string(what), v.minLength(1, what))
const initialUsers = v.array(
  v.object(
    {
      username: text('must be a text'),
      // What is longer could never log in.
      password: v.pipe(text('must be a text'), v.maxLength(256, 'must have at most 256 characters')),
      email: v.optional(text('must be a text')),
      roles: v.optional(v.array(text('must be a text'), 'must be a list')),
    },
    'must be an object',
  ),
  'must be a list',
)

function readUsers(json = ''): readonly InitialUser[] {
  if (json === '') return []
  const mend = `write JSON, as in [{"username":"ada","password":"a long one","roles":["admin"]}]`
  // Not quoted: there are passwords in it.
  const result = v.safeParse(initialUsers, parseJson(json))
  if (result.success) return result.output
  const [issue] = result.issues
  const place = v.getDotPath(issue)
  if (place === null)
    throw new EnvironmentError('USERS', issue.input === undefined ? 'is not JSON' : issue.message, mend)
  const mistake = issue.input === undefined ? 'is missing' : issue.message
  throw new EnvironmentError('USERS', `has a mistake: ${place} ${mistake}`, mend)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function quote(text: string): string {
  return JSON.stringify(text)
}
