import type { LinkPages } from './account/link-pages.ts'
import type { RegistrationSettings } from './account/registrations.ts'
import type { ApiTokenLimits } from './api-token.ts'
import type { RequestLimit } from './checked-limits.ts'
import { AuthError, invalidSetting } from './errors.ts'
import type { HashingLimits } from './factors/hashing-queue.ts'
import type { SessionLimits } from './session-entry.ts'
import type { PasswordSettings, Settings } from './settings.ts'
import type { GuessLimits } from './throttle.ts'

/** What a value must be; `true` where it is checked by itself. */
type Kind = 'array' | 'boolean' | 'function' | true

/** Every name of a type, so that none can be forgotten here. */
export type Names<Of> = Readonly<Record<keyof Of, Kind>>

const guessLimits: Names<GuessLimits> = { account: true, network: true, pair: true, device: true }
const requestLimit: Names<RequestLimit> = { requests: true, withinMs: true }
const durations: { readonly lifetimeMs: true } = { lifetimeMs: true }
const retention: { readonly retentionMs: true } = { retentionMs: true }
const sessionLimits: Names<SessionLimits> = { lifetimeMs: true, idleMs: true, touchIntervalMs: true }
const apiTokenLimits: Names<ApiTokenLimits> = {
  lifetimeMs: true,
  overlapMs: true,
  touchIntervalMs: true,
  noticeMs: true,
  maxPerUser: true,
  limit: true,
}
const passwordSettings: Names<PasswordSettings> = {
  minLength: true,
  maxLength: true,
  contextWords: 'array',
  breached: true,
  hasher: true,
  hashing: true,
}
const hashingLimits: Names<HashingLimits> = { concurrency: true, capacity: true }
const registration: Names<RegistrationSettings> = { by: true, roles: 'array' }
const linkPages: Names<LinkPages> = { password: true, emailVerification: true, emailChange: true }

/** Every setting by its name. */
export const settingNames: Names<Settings> = {
  origin: true,
  secret: true,
  storage: true,
  basePath: true,
  users: true,
  permissions: 'function',
  factors: 'array',
  mfa: true,
  enrolWithFirstFactor: 'boolean',
  trustedDevices: true,
  factorThrottle: true,
  deliver: 'function',
  registration: true,
  verification: true,
  linkPages: true,
  providers: 'array',
  providerTypes: true,
  callbacks: 'array',
  publicPath: true,
  session: true,
  apiToken: true,
  password: true,
  throttle: true,
  recentMs: true,
  query: true,
  queryParameter: true,
  bearer: 'boolean',
  trustedProxies: 'array',
  trustedOrigins: 'array',
  tokenPrefix: true,
  audit: true,
  onEvent: 'function',
  onError: 'function',
  waitUntil: 'function',
  clock: 'function',
}

/** The names within a setting that is an object, by the way there. */
export const nestedNames: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  session: sessionLimits,
  apiToken: apiTokenLimits,
  'apiToken.limit': requestLimit,
  password: passwordSettings,
  'password.hashing': hashingLimits,
  throttle: guessLimits,
  factorThrottle: guessLimits,
  registration,
  linkPages,
  trustedDevices: durations,
  audit: retention,
}

/**
 * Refuses a name that means nothing, and what is of another kind than it must be: JavaScript would silently do without.
 * Throws `invalid_setting`.
 */
export function checkNames(settings: Settings): void {
  checkObject('', settings, settingNames)
  for (const [path, names] of Object.entries(nestedNames)) checkObject(`${path}.`, valueAt(settings, path), names)
}

function checkObject(path: string, given: unknown, names: Readonly<Record<string, Kind>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return
  refuseUnknown('setting', given, names, path)
  for (const [name, value] of Object.entries(given)) {
    const kind = names[name]
    const isGood =
      value === undefined || kind === true || (kind === 'array' ? Array.isArray(value) : typeof value === kind)
    if (!isGood) throw invalidSetting(path + name, `is no ${kind}`, 'give one, or leave it out')
  }
}

/** Throws `invalid_setting` for a name that something given must not have, with the nearest that it may. */
export function refuseUnknown(
  what: string,
  given: object,
  names: Readonly<Record<string, unknown>>,
  path?: string,
): void {
  const detail = unknownName(what, given, names, path)
  if (detail !== undefined) throw new AuthError('invalid_setting', { detail })
}

/** What is wrong with a name that something given must not have, as one sentence with its mend. */
export function unknownName(
  what: string,
  given: object,
  names: Readonly<Record<string, unknown>>,
  path = '',
): string | undefined {
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !Object.hasOwn(names, name))
  if (unknown === undefined) return undefined
  const [name] = unknown
  const near = Object.keys(names).find((other) => isNear(name.toLowerCase(), other.toLowerCase()))
  const mend = near === undefined ? `use one of ${Object.keys(names).join(', ')}.` : `did you mean \`${path}${near}\`?`
  return `\`${path}${name}\` is no ${what}: ${mend}`
}

function valueAt(settings: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], settings)
}

/** Whether two names are at most two typing errors apart, or one begins with the other, but for its last letter. */
function isNear(one: string, other: string): boolean {
  const begins = (long: string, short: string) => short.length > 2 && long.startsWith(short)
  if (begins(one, other) || begins(other, one) || begins(other, one.slice(0, -1))) return true
  return isWithin(Math.min(2, Math.floor(other.length / 3)), one, other)
}

/** Whether so many letters, inserted, left out or replaced, make one text of the other. */
function isWithin(errors: number, one: string, other: string): boolean {
  if (one === other) return true
  const [left, right] = [one.slice(1), other.slice(1)]
  if (one !== '' && one[0] === other[0]) return isWithin(errors, left, right)
  return (
    errors > 0 &&
    [
      [left, right],
      [left, other],
      [one, right],
    ].some(([a = '', b = '']) => isWithin(errors - 1, a, b))
  )
}
