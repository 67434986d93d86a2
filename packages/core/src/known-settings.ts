import type { LinkPages } from './account/link-pages.ts'
import type { RegistrationSettings } from './account/registrations.ts'
import type { ApiTokenLimits } from './api-token.ts'
import type { RequestLimit } from './checked-limits.ts'
import { AuthError } from './errors.ts'
import type { HashingLimits } from './factors/hashing-queue.ts'
import type { SessionLimits } from './session-entry.ts'
import type { PasswordSettings, Settings } from './settings.ts'
import type { GuessLimits } from './throttle.ts'

/** Every name of a type, so that none can be forgotten here. */
type Names<Of> = Readonly<Record<keyof Of, true>>

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
  contextWords: true,
  breached: true,
  hasher: true,
  hashing: true,
}
const hashingLimits: Names<HashingLimits> = { concurrency: true, capacity: true }
const registration: Names<RegistrationSettings> = { by: true, roles: true }
const linkPages: Names<LinkPages> = { password: true, emailVerification: true, emailChange: true }

/** Every setting by its name. */
export const settingNames: Names<Settings> = {
  origin: true,
  secret: true,
  storage: true,
  basePath: true,
  users: true,
  permissions: true,
  factors: true,
  mfa: true,
  enrolWithFirstFactor: true,
  trustedDevices: true,
  factorThrottle: true,
  deliver: true,
  registration: true,
  verification: true,
  linkPages: true,
  providers: true,
  providerTypes: true,
  callbacks: true,
  publicPath: true,
  session: true,
  apiToken: true,
  password: true,
  throttle: true,
  recentMs: true,
  query: true,
  queryParameter: true,
  bearer: true,
  trustedProxies: true,
  trustedOrigins: true,
  tokenPrefix: true,
  audit: true,
  onEvent: true,
  onError: true,
  waitUntil: true,
  clock: true,
}

/** The names within a setting that is an object, by the way there. */
export const nestedNames: Readonly<Record<string, Readonly<Record<string, true>>>> = {
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

/** Refuses a name that means nothing: in JavaScript a misspelt setting would silently be none. Throws `invalid_setting`. */
export function checkNames(settings: Settings): void {
  checkObject('', settings, settingNames)
  for (const [path, names] of Object.entries(nestedNames)) checkObject(`${path}.`, valueAt(settings, path), names)
}

function checkObject(path: string, given: unknown, names: Readonly<Record<string, true>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !Object.hasOwn(names, name))
  if (unknown === undefined) return
  const [name] = unknown
  const near = Object.keys(names).find((other) => isNear(name.toLowerCase(), other.toLowerCase()))
  const mend = near === undefined ? `use one of ${Object.keys(names).join(', ')}.` : `did you mean \`${path}${near}\`?`
  throw new AuthError('invalid_setting', { detail: `\`${path}${name}\` is no setting: ${mend}` })
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
  let before = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 0; i < one.length; i++) {
    const row = [i + 1]
    for (let j = 0; j < other.length; j++) {
      const swap = (before[j] ?? 0) + (one[i] === other[j] ? 0 : 1)
      row.push(Math.min(swap, (before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
    before = row
  }
  return (before.at(-1) ?? 0) <= Math.min(2, Math.floor(other.length / 3))
}
