import { randomInt } from 'node:crypto'
import type { Client } from '../client.ts'
import type { ChallengeBinding } from '../challenge.ts'
import { AuthError, invalidSetting } from '../errors.ts'
import { sha256 } from '../hash.ts'
import { refuseUnknown } from '../known-settings.ts'
import { type CodePurpose, type Message, verifiedEmailOf } from '../message.ts'
import { secret } from '../secret.ts'
import type { GuessLimits } from '../throttle.ts'
import type { User } from '../user.ts'
import type { FactorHolder } from './factor.ts'
import type { FactorType } from './factor-host.ts'

/** How codes are sent. */
export interface DeliveredCodeOptions {
  /** At least 6, which is the default. */
  readonly digits?: 6 | 7 | 8
}

/** How codes are sent by e-mail. */
export interface EmailCodeOptions extends DeliveredCodeOptions {
  /** Who has this factor: `'enrolled'`, by default, or everybody with a verified address. */
  readonly who?: 'enrolled' | 'everybody'
}

/** What is kept of a way to reach somebody. An e-mail address is the user's own, and not kept a second time. */
interface Route {
  readonly address: string | null
}

/** What is kept of a code that was sent, or that would have been. */
interface SentCode {
  readonly hash: string
  readonly address: string | null
  /** Where it was asked for, which may be elsewhere than where it is entered. */
  readonly network: string | null
}

interface Channel extends Required<DeliveredCodeOptions> {
  readonly id: 'email' | 'sms'
  readonly isForEverybody: boolean
  /** Where somebody who enrols wants their codes. */
  readonly addressFor: (user: User, wanted: string | undefined) => string | undefined
}

const minute = 60_000
const toAddress = 'delivery-address'
/** How long a code is good, in milliseconds (ASVS 6.5.5). */
export const lifeMs: number = 10 * minute
const sending: GuessLimits = {
  account: [
    { limit: 5, windowMs: 15 * minute },
    { limit: 20, windowMs: 24 * 60 * minute },
  ],
  network: [],
}
/** A message to any number that somebody types costs, and accounts cost nothing. A code that comes back is not counted. */
const claiming: GuessLimits = {
  ...sending,
  network: [
    { limit: 20, windowMs: 15 * minute },
    { limit: 100, windowMs: 24 * 60 * minute },
  ],
}

/**
 * Codes to the user's verified address. Weaker than any other factor: whoever reads the mailbox passes, and may reset the
 * password there too. NIST SP 800-63B-4 §3.1.3.1 does not count it as a factor, nor does ASVS 6.3.6.
 */
export function emailCodes(options: EmailCodeOptions = {}): FactorType {
  refuseUnknown('option of emailCodes', options, { digits: true, who: true })
  const { digits = 6, who = 'enrolled' } = options
  return deliveredCodes({ id: 'email', digits, isForEverybody: who === 'everybody', addressFor: verifiedEmailOf })
}

/**
 * Codes to a telephone whose number the user has proven. A restricted authenticator (NIST SP 800-63B-4 §3.2.9): numbers
 * are taken over, and messages read on their way. Offer something else beside it.
 */
export function smsCodes(options: DeliveredCodeOptions = {}): FactorType {
  refuseUnknown('option of smsCodes', options, { digits: true })
  const { digits = 6 } = options
  const addressFor = (_: User, wanted = '') => {
    const number = wanted.replaceAll(/[\s()./-]/g, '')
    if (/^\+[1-9]\d{6,14}$/.test(number)) return number
    throw new AuthError('invalid_request', { detail: '`address` must be a telephone number as in "+49 30 123456".' })
  }
  return deliveredCodes({ id: 'sms', digits, isForEverybody: false, addressFor })
}

function deliveredCodes({ id, digits, isForEverybody, addressFor }: Channel): FactorType {
  return ({ credentials: collection, challenges, hashing, messenger, now, count, giveBack }) => {
    if (messenger === undefined) throw invalidSetting('deliver', 'is missing', `${id} codes are sent by it`)
    const credentials = collection<Route>(id)
    const methods = [id]

    async function addressOf(holder: FactorHolder): Promise<string | undefined> {
      const [route] = await credentials.list(holder)
      if (route === undefined && !isForEverybody) return undefined
      return route?.own.address ?? addressFor(holder.user, undefined)
    }

    /** Sends a code, or does all the same work when there is nowhere to send it. */
    async function send(
      binding: ChallengeBinding & { readonly user: User },
      address: string | undefined,
      purpose: CodePurpose,
      client: Client,
    ): Promise<void> {
      const { user } = binding
      await count('delivery', user.id, client, sending)
      // Whoever claims an address that is not theirs must not use up what its owner is sent.
      const claimed = purpose === 'enrol' ? `${id}:claimed` : id
      const limits = claimed === 'sms:claimed' ? claiming : sending
      await count(toAddress, `${claimed}:${address ?? user.id}`, client, limits)
      const code = String(randomInt(10 ** digits)).padStart(digits, '0')
      const kept: SentCode = {
        hash: await hashing.hash(code, client),
        address: address ?? null,
        network: client.network ?? null,
      }
      await challenges.keep(binding, kept, lifeMs)
      if (address === undefined) return
      const message: Message = {
        type: 'code',
        channel: id,
        to: address,
        user,
        purpose,
        code: secret(code),
        expiresAt: now() + lifeMs,
        client,
      }
      messenger?.send(message)
    }

    /** What was kept of a code that was sent, if this is the code. Of many callers one gets it. */
    async function redeem(
      binding: ChallengeBinding,
      code: string,
    ): Promise<(SentCode & { readonly address: string }) | undefined> {
      const challenge = await challenges.read(binding)
      const kept = challenge?.kept as SentCode | undefined
      const isRight = await hashing.verify(kept?.hash, code.replaceAll(/\s/g, ''))
      if (!isRight || kept === undefined || kept.address === null) return undefined
      return (await challenge?.consume()) ? { ...kept, address: kept.address } : undefined
    }

    return {
      id,
      methods,
      hashes: true,
      isEnrolled: (user) => isForEverybody && addressFor(user, undefined) !== undefined,
      describe: (own) => ({ address: masked((own as Route).address) }),

      async begin(subject) {
        const { purpose, client } = subject
        await send({ ...subject, purpose: `${id}-${purpose}` }, await addressOf(subject), purpose, client)
        return {}
      },

      async verify(subject, { code = '' }) {
        const sent = await redeem({ ...subject, purpose: `${id}-${subject.purpose}` }, code)
        // Still where the user wants to be reached: what was removed meanwhile proves nothing.
        return sent !== undefined && sent.address === (await addressOf(subject)) ? methods : undefined
      },

      enrolment: {
        paths: { begin: `/factors/${id}`, finish: `/factors/${id}/confirm` },

        async begin(enroller, { address }) {
          const to = addressFor(enroller.user, address)
          if (to === undefined) throw new AuthError('conflict', { detail: 'There is no verified address.' })
          await send({ ...enroller, purpose: `${id}-enrolment` }, to, 'enrol', enroller.client)
          return {}
        },

        async finish(enroller, { code = '', name }) {
          const sent = await redeem({ ...enroller, purpose: `${id}-enrolment` }, code)
          if (sent === undefined) return undefined
          if (id === 'sms') await giveBack(toAddress, sent.network ?? undefined, claiming)
          const own: Route = { address: id === 'email' ? null : sent.address }
          return { credential: { id: sha256(`${id}:${enroller.user.id}`), name, own, replaces: true, methods } }
        },
      },
    }
  }
}

function masked(address: string | null): string | undefined {
  return address === null ? undefined : `…${address.slice(-4)}`
}
