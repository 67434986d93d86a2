import { createHash } from 'node:crypto'
import type { BreachedCheck } from './factors/password-policy.ts'
import { createOutbound, type Network } from './outbound.ts'

export type { BreachedCheck } from './factors/password-policy.ts'

/** Where breached passwords are looked up. */
export interface BreachedOptions {
  /** A service that speaks the range protocol of Pwned Passwords, by the part before `/range/`: theirs by default. */
  readonly service?: string | undefined
  /** How often a password must have been seen: once by default. */
  readonly least?: number | undefined
  /** How long its answer is waited for, in milliseconds: 2000 by default. */
  readonly timeoutMs?: number | undefined
  /** Where a service of your own may be: `'public'` by default. */
  readonly network?: Network | undefined
  /** Certificates (PEM) to be trusted instead of the system's. */
  readonly ca?: string | readonly string[] | undefined
}

/**
 * Asks Pwned Passwords, or a service like it, for the setting `password.breached`. Five of the forty digits of the
 * password's SHA-1 leave this machine, and the padded answer tells its observer nothing.
 */
export function hibp(options: BreachedOptions = {}): BreachedCheck {
  const { service = 'https://api.pwnedpasswords.com', least = 1, timeoutMs = 2000, network, ca } = options
  const fetchRange = createOutbound({ network, ca, timeoutMs, maxBytes: 1024 * 1024 })

  return async (password) => {
    const digest = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase()
    const response = await fetchRange(`${service.replace(/\/$/, '')}/range/${digest.slice(0, 5)}`, {
      headers: { 'add-padding': 'true', 'user-agent': 'sallyport' },
    })
    if (response.status !== 200) throw new Error(`${service} answered with status ${response.status}.`)
    return countIn(await response.text(), digest.slice(5)) >= least
  }
}

/** How often a suffix was seen. Lines that pad the answer say that theirs never was. */
function countIn(range: string, suffix: string): number {
  const lines = range.split(/\r?\n/).filter((line) => line !== '')
  const isRange = lines.length > 0 && lines.every((line) => /^[\dA-F]{35}:\d+$/i.test(line))
  if (!isRange) throw new Error('The answer is no range of passwords.')
  const line = lines.find((one) => one.slice(0, 35).toUpperCase() === suffix)
  return line === undefined ? 0 : Number(line.slice(36))
}
