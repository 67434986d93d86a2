import { generateSync } from 'otplib/functional'
import { equalTexts } from '../hash.ts'

/** What the codes of an authenticator are made with. Everything but the defaults is for the vectors of the RFCs. */
export interface TotpParameters {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly digits: 6 | 7 | 8
}

/** What every authenticator application understands. */
export const defaultTotp: TotpParameters = { algorithm: 'sha1', digits: 6 }

/** The length of a time step: RFC 6238 §5.2 recommends it, and ASVS 6.5.5 allows no longer one. */
export const stepMs = 30_000

/** The time step of an instant (RFC 6238 §4.2). */
export function stepAt(at: number): number {
  return Math.floor(at / stepMs)
}

/** The code of a time step. `secret` is in base32, or bytes. */
export function totpCode(secret: string | Uint8Array, step: number, parameters: TotpParameters = defaultTotp): string {
  return generateSync({ secret, epoch: (step * stepMs) / 1000, period: stepMs / 1000, ...parameters })
}

/** The latest step within `window` of the present one whose code this is; every one of them is looked at. */
export function matchStep(secret: string | Uint8Array, code: string, at: number, window: number): number | undefined {
  const digits = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const now = stepAt(at)
  let matched: number | undefined
  for (let step = now - window; step <= now + window; step++) {
    if (equalTexts(totpCode(secret, step), digits)) matched = step
  }
  return matched
}
