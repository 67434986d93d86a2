import { misused } from './failure.ts'

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 365 * 86_400_000,
}

/** Milliseconds of a duration as in `90d` or `12h`. */
export function readDuration(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhdwy])$/.exec(text) ?? []
  const ms = units[unit]
  if (count === undefined || ms === undefined) {
    throw misused(`--${option} is ${JSON.stringify(text)}.`, 'give a number with s, m, h, d, w or y, as in 90d')
  }
  return Number(count) * ms
}

const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/

/** An instant: a date or time of ISO 8601 (a date begins at midnight UTC), or a duration that is counted from now. */
export function readInstant(option: string, text: string, direction: 'ago' | 'ahead'): number {
  if (/^\d+[a-z]$/.test(text)) {
    const ms = readDuration(option, text)
    return direction === 'ahead' ? Date.now() + ms : Date.now() - ms
  }
  const at = isoTime.test(text) ? Date.parse(text) : Number.NaN
  // There is no 31st of February, and what a date is taken for instead is not what was meant.
  if (!Number.isNaN(at) && new Date(Date.parse(text.slice(0, 10))).toISOString().startsWith(text.slice(0, 10)))
    return at
  throw misused(`--${option} is ${JSON.stringify(text)}.`, 'give a date as in 2027-01-31, or a duration as in 90d')
}
