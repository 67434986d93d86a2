import { AuthError } from '../errors.ts'
import { canonicalName } from '../identifier.ts'

const maxLength = 254 // RFC 5321 §4.5.3.1.3, as erratum 1690 of RFC 3696 has it
const shape = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]+$/

/** An address as it is stored and written to: trimmed, else as it was given. Throws `invalid_request`. */
export function readEmail(text: string): string {
  const email = text.trim()
  // What NFKC changes would be written to at another address than the one that it is found by (D8).
  const isGood =
    email.length <= maxLength &&
    shape.test(email) &&
    email.normalize('NFKC') === email &&
    canonicalName(email) !== undefined
  if (isGood) return email
  throw new AuthError('invalid_request', { detail: '`email` must be an e-mail address.' })
}

/** Whether two addresses are the same login name. */
export function isSameEmail(one: string, other: string | null | undefined): boolean {
  return typeof other === 'string' && canonicalName(one) === canonicalName(other)
}
