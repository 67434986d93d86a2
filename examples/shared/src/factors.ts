import { emailCodes, type FactorType, recoveryCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'

/** The second factors of the service, by the names that its page knows them by. */
export function secondFactors(origin: string, sendsMail: boolean): Readonly<Record<string, FactorType>> {
  return {
    totp: totp({ issuer: 'Sallyport example' }),
    // Passkeys belong to a name: under an address there are none.
    ...(!isAddress(origin) && { passkey: passkeys({ rpName: 'Sallyport example' }) }),
    ...(sendsMail && { email: emailCodes() }),
    'recovery-codes': recoveryCodes(),
  }
}

function isAddress(origin: string): boolean {
  return /^https?:\/\/(?:[\d.]+|\[.*\])(?::\d+)?$/.test(origin)
}
