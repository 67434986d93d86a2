import { randomBytes } from 'node:crypto'
import type { Command } from '../command.ts'

const steps = [
  'Keep the present value as SALLYPORT_SECRET_BEFORE, and make the value above SALLYPORT_SECRET.',
  'Hand over both, the newest first: secret: [process.env.SALLYPORT_SECRET, process.env.SALLYPORT_SECRET_BEFORE]',
  'Start every process anew. From now on tokens are stamped, and secrets at rest sealed, under the new value; tokens that are out stay good.',
  'What is sealed (TOTP secrets, options of stored providers) is sealed anew when it is next used. Whoever has not used it by the time that the old value is dropped must enrol again.',
  'Drop the old value once that is borne; tokens go on to work, since storage is asked about them. If it has leaked, drop it at once, and end all sessions: sallyport revoke everyone',
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
    if (isRotation) for (const [i, step] of steps.entries()) out.line(`${i === 0 ? '\n' : ''}${i + 1}. ${step}`)
    out.document({ secret: value, ...(isRotation && { steps }) })
  },
}
