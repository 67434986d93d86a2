import { availableParallelism } from 'node:os'
import { inRanges, type IpRange, parseAddress, parseRange } from './address.ts'
import type { ApiTokenLimits } from './api-token.ts'
import { checkRequestLimit, checkThrottle, defaultFactorThrottle, defaultThrottle } from './checked-limits.ts'
import { invalidSetting } from './errors.ts'
import type { HashingLimits } from './factors/hashing-queue.ts'
import type { PasswordPolicy } from './factors/password-policy.ts'
import { checkNames } from './known-settings.ts'
import type { SessionLimits } from './session-entry.ts'
import type { SessionPreset, Settings } from './settings.ts'
import type { Storage } from './storage.ts'
import type { GuessLimits } from './throttle.ts'
import type { Transports } from './transport.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Presets of session limits. */
export const sessionPresets: Readonly<Record<SessionPreset, SessionLimits>> = {
  default: { lifetimeMs: 30 * day, idleMs: undefined, touchIntervalMs: minute },
  'nist-aal2': { lifetimeMs: day, idleMs: hour, touchIntervalMs: minute },
}
/** What API tokens are by default. */
export const defaultApiToken: ApiTokenLimits = {
  lifetimeMs: 3653 * day, // ten years, whichever of them are leap years
  overlapMs: day,
  touchIntervalMs: minute,
  noticeMs: 30 * day,
  maxPerUser: 1000,
}
/** How long a passed first factor waits for the second one, in milliseconds. */
export const lockedLifetimeMs: number = 10 * minute

/** The settings, checked and complete. */
export interface CheckedSettings {
  readonly origin: string
  readonly origins: ReadonlySet<string>
  readonly basePath: string
  readonly publicPath: string
  readonly storage: Storage
  readonly session: SessionLimits
  readonly apiToken: ApiTokenLimits
  readonly policy: PasswordPolicy
  readonly hashing: HashingLimits
  readonly throttle: GuessLimits
  readonly factorThrottle: GuessLimits
  /** How long a device is trusted; `undefined` when none is. */
  readonly trustedDeviceMs: number | undefined
  /** How long events are kept; `undefined` when none are. */
  readonly auditMs: number | undefined
  readonly recentMs: number
  readonly transports: Transports
  readonly proxies: readonly IpRange[]
  readonly tokenPrefix: string
}

/** Checks the settings. Throws `invalid_setting`, naming the setting and its mend, for what is missing or unsafe. */
export function checkSettings(settings: Settings): CheckedSettings {
  if (typeof settings !== 'object' || settings === null) {
    throw invalidSetting('createAuth', 'was given no settings', 'pass at least { origin, secret, storage }')
  }
  checkNames(settings)
  const origin = checkOrigin('origin', settings.origin)
  if (typeof settings.storage?.getWithOwner !== 'function') {
    throw invalidSetting(
      'storage',
      'is missing or no storage',
      'pass memoryStorage(), sqlStorage(db) or redisStorage(client)',
    )
  }
  const { basePath = '/auth', publicPath = basePath, users } = settings
  if (users !== undefined && !(typeof users?.find === 'function' && typeof users.findByLogin === 'function')) {
    throw invalidSetting('users', 'is no directory', 'give it `find` and `findByLogin`, each a function')
  }
  const { query = true, queryParameter = 'token', bearer = false, trustedOrigins = [], trustedProxies = [] } = settings
  return {
    origin,
    origins: new Set([origin, ...trustedOrigins.map((other) => checkOrigin('trustedOrigins', other))]),
    basePath: checkPath('basePath', basePath),
    publicPath: checkPath('publicPath', publicPath),
    storage: settings.storage,
    session: checkSession(settings.session),
    apiToken: checkApiToken(settings.apiToken),
    policy: checkPolicy(settings),
    // Node's pool has four threads; one stays free for the rest of the application.
    hashing: checkHashing({ concurrency: Math.min(3, availableParallelism()), capacity: 256 }, settings),
    throttle: checkThrottle('throttle', defaultThrottle, settings.throttle),
    factorThrottle: checkThrottle('factorThrottle', defaultFactorThrottle, settings.factorThrottle),
    trustedDeviceMs: checkTrustedDevices(settings.trustedDevices),
    auditMs: checkAudit(settings.audit),
    recentMs: positive('recentMs', settings.recentMs ?? hour),
    transports: {
      query: oneOf('query', query, [true, false, 'api-tokens-only']),
      bearer,
      parameter: matching('queryParameter', queryParameter, /^[\w-]{1,32}$/, 'use letters and digits, as in "token"'),
    },
    proxies: trustedProxies.map(checkProxy),
    tokenPrefix: matching(
      'tokenPrefix',
      settings.tokenPrefix ?? 'sp',
      /^[a-z\d]{1,12}$/,
      'use 1 to 12 lower-case letters and digits',
    ),
  }
}

function checkPath(name: string, path: string): string {
  return matching(name, path, /^(\/[\w.~-]+)+$/, 'start it with a slash and end it without one, as in "/auth"')
}

function checkOrigin(name: string, text: string): string {
  const mend = 'give the public address without a path, as in "https://app.example.com"'
  if (typeof text !== 'string' || text === '') throw invalidSetting(name, 'is missing', mend)
  if (!URL.canParse(text)) throw invalidSetting(name, `is ${JSON.stringify(text)}, which is no address`, mend)
  const url = new URL(text)
  if (url.origin !== text.replace(/\/$/, ''))
    throw invalidSetting(name, `is ${JSON.stringify(text)}, which is no plain origin`, mend)
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw invalidSetting(name, `is ${url.origin}, which is not safe`, 'use https; plain http works on localhost only')
  }
  return url.origin
}

function checkSession(session: Settings['session']): SessionLimits {
  const preset = typeof session === 'string' ? sessionPresets[session] : withDefaults(sessionPresets.default, session)
  if (preset === undefined)
    throw invalidSetting('session', 'names no preset', `use one of ${Object.keys(sessionPresets).join(', ')}`)
  const limits = checkDurations('session', preset)
  const { idleMs, touchIntervalMs } = limits
  if (idleMs !== undefined && touchIntervalMs * 2 > idleMs) {
    throw invalidSetting(
      'session',
      'writes the last use less than twice in its idle time',
      'lower `touchIntervalMs` or raise `idleMs`',
    )
  }
  return limits
}

function checkApiToken({ limit, ...durations }: Partial<ApiTokenLimits> = {}): ApiTokenLimits {
  const checked = checkDurations('apiToken', withDefaults(defaultApiToken, durations))
  if (!Number.isSafeInteger(checked.maxPerUser))
    throw invalidSetting('apiToken.maxPerUser', 'is not a whole number', 'give one above 0')
  return limit === undefined ? checked : { ...checked, limit: checkRequestLimit('apiToken.limit', limit) }
}

function checkPolicy({ mfa = 'optional', password = {} }: Settings): PasswordPolicy {
  const isRequired = mfa === 'required' || typeof mfa === 'object'
  const least = isRequired ? 8 : 15
  const { minLength = least, maxLength = 256, contextWords = [], breached } = password
  if (!(minLength >= least)) {
    throw invalidSetting(
      'password.minLength',
      `is below ${least}`,
      `raise it${least === 15 ? ', or set `mfa` to "required", with which 8 will do' : ''}`,
    )
  }
  if (!(maxLength >= 64 && maxLength <= 1024))
    throw invalidSetting('password.maxLength', 'is not between 64 and 1024', 'leave it out for 256')
  if (minLength > maxLength) throw invalidSetting('password.minLength', 'is above `password.maxLength`', 'lower it')
  if (breached !== undefined && typeof breached !== 'function')
    throw invalidSetting('password.breached', 'is no function', 'use hibp() of @sallyport/core/breached')
  return { minLength, maxLength, contextWords, breached }
}

/** Every address of IPv4, as it stands in IPv6. */
const allOfV4 = { base: parseAddress('0.0.0.0') ?? [], bits: 96 }

function checkHashing(defaults: HashingLimits, { password }: Settings): HashingLimits {
  const limits = withDefaults(defaults, password?.hashing)
  const areGood = [limits.concurrency, limits.capacity].every((limit) => Number.isSafeInteger(limit) && limit > 0)
  if (areGood) return limits
  throw invalidSetting('password.hashing', 'lets nobody in', 'give a whole number of at least 1 for each')
}

function checkTrustedDevices(trusted: Settings['trustedDevices'] = false): number | undefined {
  if (trusted === false) return undefined
  return trusted === true ? 30 * day : positive('trustedDevices.lifetimeMs', trusted.lifetimeMs)
}

function checkAudit(audit: Settings['audit'] = false): number | undefined {
  if (audit === false) return undefined
  return audit === true ? 180 * day : positive('audit.retentionMs', audit.retentionMs)
}

function checkProxy(text: string): IpRange {
  const range = typeof text === 'string' ? parseRange(text) : undefined
  const isEverybody = range !== undefined && range.bits <= allOfV4.bits && inRanges(allOfV4.base, [range])
  if (range !== undefined && range.bits > 0 && !isEverybody) return range
  throw invalidSetting(
    'trustedProxies',
    `has ${JSON.stringify(text)}`,
    'list addresses or networks, as in "10.0.0.0/8"; never everybody',
  )
}

function checkDurations<Limits extends object>(name: string, limits: Limits): Limits {
  for (const [key, value] of Object.entries(limits)) {
    // No overlap is as good as any.
    if (value !== undefined && !(key === 'overlapMs' && value === 0)) positive(`${name}.${key}`, value)
  }
  return limits
}

function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw invalidSetting(name, 'is not a positive number', 'give a duration in milliseconds')
}

/** What is given, and the default for what is `undefined`. */
function withDefaults<Limits extends object>(defaults: Limits, given: Partial<Limits> = {}): Limits {
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...(Object.fromEntries(present) as Partial<Limits>) }
}

function oneOf<Value>(name: string, value: Value, values: readonly Value[]): Value {
  if (values.includes(value)) return value
  const names = values.map((one) => JSON.stringify(one))
  throw invalidSetting(name, `is ${JSON.stringify(value)}`, `use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`)
}

function matching(name: string, text: string, pattern: RegExp, mend: string): string {
  if (typeof text === 'string' && pattern.test(text)) return text
  throw invalidSetting(name, `is ${JSON.stringify(text)}`, mend)
}
