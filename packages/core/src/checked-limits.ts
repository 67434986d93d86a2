import { invalidSetting } from './errors.ts'
import type { BackOff, GuessLimits, Limit } from './throttle.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Limits of all kinds. */
type AllLimits = Readonly<Record<keyof GuessLimits, readonly Limit[]>>

/**
 * Strangers together are slowed down to one guess an hour, a network at one account to one in eight: an account that one
 * network guesses at is open to others most of the time. All windows end, so nobody is locked out for good.
 */
const ofStrangers: Limit = { limit: 50, windowMs: day, backOff: { after: 10, fromMs: 15 * minute, toMs: hour } }
const ofPair: Limit = { ...ofStrangers, backOff: { after: 10, fromMs: 15 * minute, toMs: 8 * hour } }
const ofDevice: Limit = { ...ofPair, limit: 20, windowMs: 30 * day, consecutive: true }
const ofNetwork: Limit = { limit: 100, windowMs: 15 * minute }
/** NIST SP 800-63B-4 §3.2.2: at most 100 failures in a row. */
const inAll: Limit = { limit: 100, windowMs: 30 * day }

/** For passwords. */
export const defaultThrottle: AllLimits = {
  account: [ofStrangers, { ...inAll, consecutive: true }],
  network: [ofNetwork],
  pair: [ofPair],
  device: [ofDevice],
}

/** For second factors, where a thief has the password already: a success forgives no failure. */
export const defaultFactorThrottle: AllLimits = {
  ...defaultThrottle,
  account: [ofStrangers, inAll],
  device: [{ ...ofDevice, consecutive: false }],
}

/**
 * The limits of one kind of secret. Who sets those of an account has set those of a network at it and of a device too,
 * unless they say otherwise. Throws `invalid_setting`.
 */
export function checkThrottle(name: string, defaults: AllLimits, given: Partial<GuessLimits> = {}): GuessLimits {
  const { account = defaults.account, network = defaults.network } = given
  const { pair = given.account ? [] : defaults.pair, device = given.account ?? defaults.device } = given
  return {
    account: checkLimits(`${name}.account`, account, 1),
    network: checkLimits(`${name}.network`, network, 1),
    pair: checkLimits(`${name}.pair`, pair, 0),
    device: checkLimits(`${name}.device`, device, 0),
  }
}

/** So many requests in so many milliseconds. */
export interface RequestLimit {
  readonly requests: number
  readonly withinMs: number
}

/** Throws `invalid_setting`. */
export function checkRequestLimit(name: string, limit: RequestLimit): RequestLimit {
  if (isCount(limit?.requests) && isDuration(limit.withinMs)) return limit
  throw invalidSetting(name, 'limits nothing', 'give { requests, withinMs }, each a number above 0')
}

function checkLimits(name: string, limits: readonly Limit[], least: number): readonly Limit[] {
  // Whatever a caller without types may have passed.
  const given: unknown = limits
  if (Array.isArray(given) && limits.length >= least && limits.every(isLimit)) return limits
  throw invalidSetting(name, 'limits nothing', 'give at least one { limit, windowMs }, each a number above 0')
}

function isLimit({ limit, windowMs, backOff }: Limit): boolean {
  return isCount(limit) && isDuration(windowMs) && (backOff === undefined || isBackOff(backOff))
}

function isBackOff({ after, fromMs, toMs }: BackOff): boolean {
  return isCount(after) && isDuration(fromMs) && isDuration(toMs)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) > 0
}
