import { type Html, html } from '../html.ts'
import type { PageRequest } from '../request.ts'

const units = [
  ['year', 365 * 24 * 3600],
  ['month', 30 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const

/** An instant by how far it is, with its date for who wants to know exactly. Milliseconds since the epoch. */
export function ago(
  { language, say }: Pick<PageRequest, 'language' | 'say'>,
  at: number,
  now: number = Date.now(),
): Html {
  const seconds = (at - now) / 1000
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  const text =
    unit === 'second'
      ? say('time.now')
      : new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(seconds / size), unit)
  return time(at, text, language)
}

/** A date. */
export function on({ language }: Pick<PageRequest, 'language'>, at: number): Html {
  return time(at, new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(at), language)
}

function time(at: number, text: string, language: string): Html {
  const whole = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(
    at,
  )
  return html`<time datetime="${new Date(at).toISOString()}" title="${whole} UTC">${text}</time>`
}
