import { randomInt } from 'node:crypto'
import { invalidSetting } from '../errors.ts'
import { sha256 } from '../hash.ts'
import type { FactorType } from './factor-host.ts'

/** What is kept of the recovery codes of a user: a hash for each slot, `null` once its code was used. */
interface RecoveryCodes {
  readonly hashes: readonly (string | null)[]
  /** The hashes of those that were used, to tell a used code from a wrong one. */
  readonly used?: Readonly<Record<number, string>>
}

/** Digits and letters without those that look like others: 31 of them, 4.95 bits each. */
/** What recovery codes are written in. */
export const alphabet = '23456789abcdefghjkmnpqrstuvwxyz'
const slots = 10
/** The random characters of a code. */
export const randomLength = 15 // 74 bits; NIST SP 800-63B-4 §4.2.1.1 asks for 64
const groupLength = 4
const methods = ['recovery'] as const

/**
 * Ten codes for the day on which the other factors are lost, each good for one log-in. `POST /factors/recovery-codes`
 * shows them once and puts an end to the ten before. Nobody has a second factor for having these alone.
 */
export function recoveryCodes(...none: readonly never[]): FactorType {
  if (none.length > 0) throw invalidSetting('recoveryCodes', 'takes no options', 'leave them out')
  return ({ credentials: collection, hashing, emit, messenger, now }) => {
    const credentials = collection<RecoveryCodes>('recovery-codes')

    return {
      id: 'recovery-codes',
      methods,
      isBackup: true,
      hashes: true,
      begin: async () => ({}),
      describe: (own) => ({ remaining: remainingOf(own as RecoveryCodes) }),

      async verify(subject, { code = '' }) {
        const text = normalised(code)
        const slot = alphabet.indexOf(text.charAt(0))
        const [held] = await credentials.list(subject)
        // The first character names the slot, so that a guess costs one hash, whatever it is.
        const hash = (text === '' ? undefined : held?.own.hashes[slot]) ?? undefined
        const used = text === '' ? undefined : held?.own.used?.[slot]
        const isRight = await hashing.verify(hash ?? used, text)
        if (held === undefined || !isRight) return undefined
        let remaining = 0
        const isFirst = await credentials.use(held.id, (own) => {
          if (hash === undefined || own.hashes[slot] !== hash) return undefined
          const hashes = own.hashes.map((other, i) => (i === slot ? null : other))
          remaining = remainingOf({ hashes })
          return { hashes, used: { ...own.used, [slot]: hash } }
        })
        const { user, client } = subject
        if (!isFirst) {
          emit('suspicion.replay', { of: 'recovery_code', userId: user.id }, client)
          return undefined
        }
        emit('recovery_code.used', { userId: user.id, remaining }, client)
        messenger?.notify(user, 'recovery_code_used', { at: now(), factor: 'recovery-codes', client })
        return methods
      },

      enrolment: {
        paths: { begin: '/factors/recovery-codes' },

        async begin({ user, client }) {
          const codes = Array.from({ length: slots }, (_, slot) => newCode(slot))
          const hashes: string[] = []
          for (const code of codes) hashes.push(await hashing.hash(code, client))
          const own: RecoveryCodes = { hashes }
          const credential = { id: sha256(`recovery-codes:${user.id}`), own, replaces: true, methods: [] } as const
          return { answer: { codes: codes.map(grouped) }, credential }
        },
      },
    }
  }
}

function newCode(slot: number): string {
  const random = Array.from({ length: randomLength }, () => alphabet.charAt(randomInt(alphabet.length)))
  return alphabet.charAt(slot) + random.join('')
}

function grouped(code: string): string {
  return code.match(new RegExp(`.{1,${groupLength}}`, 'g'))?.join('-') ?? code
}

/** As it may have been typed: in capitals, with blanks or without hyphens. */
function normalised(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, '')
}

function remainingOf({ hashes }: RecoveryCodes): number {
  return hashes.filter((hash) => hash !== null).length
}
