import { randomBytes } from 'node:crypto'
import type { Command } from '../command.ts'

const steps = [
  'Keep the present value as SALLYPORT_SECRET_BEFORE, and make the value above SALLYPORT_SECRET.',
  'Hand over both, the newest first: secret: [process.env.SALLYPORT_SECRET, process.env.SALLYPORT_SECRET_BEFORE]',
  'Restart every process. From now on tokens are stamped, and stored secrets are sealed, under the new value; existing tokens stay valid.',
  'What is sealed (TOTP secrets, options of stored providers) is sealed again when it is next used. A user who has not used their TOTP before you remove the old value must enrol it again.',
  'Remove the old value when few enough users are left for that. Tokens still work: storage is asked about them. If the old value has leaked, remove it at once and end all sessions: sallyport revoke everyone',
]

/** Prints a new value for the setting `secret`. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export const secret: Command = {
  name: 'secret',
  summary: 'print a new secret of 32 random bytes',
  options: { rotate: { type: 'boolean', summary: 'say how to put it in the place of the present one' } },
  async run({ args, out }) {
    const value = newSecret()
    const isRotation = args.has('rotate')
    out.line(value)
    if (isRotation) out.line('', ...steps.map((step, i) => `${i + 1}. ${step}`))
    out.document({ secret: value, ...(isRotation && { steps }) })
  },
}
