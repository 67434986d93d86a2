import type { Client } from '../client.ts'
import { type Clock, collection } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin, TokenRefusal } from '../events.ts'
import { type Messenger, verifiedEmailOf } from '../message.ts'
import type { Secret } from '../secret.ts'
import type { Storage } from '../storage.ts'
import type { GuessLimits, Throttle } from '../throttle.ts'
import { equalTexts } from '../hash.ts'
import type { Tokens } from '../token.ts'
import type { KnownUser } from '../user.ts'
import type { Waiting } from '../waiting.ts'

/** What storage keeps of a ticket. */
interface TicketData {
  readonly hash: string
  readonly epoch: string
  /** Where it was sent: good as long as that is the user's address. `null` for one that was handed over. */
  readonly address: string | null
}

/** A ticket, which is shown this once. `expiresAt` is in milliseconds since the epoch. */
export interface EnrolmentTicket {
  readonly ticket: Secret
  readonly expiresAt: number
}

/** Who has only passed the first door shows by a ticket that it is them who enrols, and not a thief of their password. */
export interface EnrolmentTickets {
  /** For an administrator to hand over. */
  issue(known: KnownUser): Promise<EnrolmentTicket>
  /** Sends one to the user's verified address, if there is one. Throws `too_many_attempts`. */
  send(waiting: Waiting, client: Client): Promise<void>
  /** Consumes it: of many callers one goes on. Throws `invalid_code`. */
  redeem(waiting: Waiting, ticket: string, client: Client): Promise<void>
}

const minute = 60_000
const sentLifeMs = 60 * minute
const issuedLifeMs = 24 * 60 * minute
const sending: GuessLimits = {
  account: [
    { limit: 3, windowMs: 15 * minute },
    { limit: 10, windowMs: 24 * 60 * minute },
  ],
  network: [],
}

/** The tickets of a store. */
export function createEnrolmentTickets(
  storage: Storage,
  now: Clock,
  emit: Emit,
  tokens: Tokens,
  throttle: Throttle,
  messenger: Messenger | undefined,
): EnrolmentTickets {
  const entries = collection<TicketData>('enrolment', storage, now)

  async function issue(userId: string, epoch: string, address: string | null, from?: Origin) {
    const [lifeMs, by] = address === null ? ([issuedLifeMs, 'administrator'] as const) : ([sentLifeMs, 'user'] as const)
    const { token, id, hash } = tokens.mint('enrolment')
    const expiresAt = now() + lifeMs
    if (!(await entries.insert({ id, owner: userId, expiresAt, data: { hash, epoch, address } }))) {
      throw new AuthError('not_found', { detail: 'There is no such user.' })
    }
    emit('enrolment_ticket.issued', { userId, ticketId: id, by }, from)
    return { ticket: token, expiresAt }
  }

  return {
    issue: ({ user, entry }) => issue(user.id, entry.data.epoch, null),

    async send({ user, epoch }, client) {
      const guesser = {
        purpose: 'enrolment-ticket',
        account: user.id,
        network: client.network,
        userId: user.id,
        from: client,
      }
      await throttle.guess(guesser, sending, async () => undefined)
      const to = verifiedEmailOf(user)
      if (messenger === undefined || to === undefined) return
      const { ticket, expiresAt } = await issue(user.id, epoch, to, client)
      messenger.send({ type: 'enrolment-ticket', to, channel: 'email', user, client, ticket, expiresAt })
    },

    async redeem({ id: lockedId, user, epoch }, text, client) {
      const ticket = tokens.parse(text)
      const refuse = (reason: TokenRefusal): never => {
        emit('token.refused', { reason, tokenId: ticket?.id, userId: user.id }, client)
        throw new AuthError('invalid_code')
      }
      if (ticket === undefined) return refuse('malformed')
      if (ticket.kind !== 'enrolment') return refuse('other_kind')
      const entry = await entries.get(ticket.id)
      if (entry === undefined) return refuse('unknown')
      if (!equalTexts(ticket.hash, entry.data.hash)) return refuse('wrong_secret')
      // Judged before it is consumed: another user's locked token does not burn it.
      if (entry.owner !== user.id) return refuse('other_user')
      if (entry.data.epoch !== epoch) return refuse('epoch')
      if (entry.data.address !== null && entry.data.address !== verifiedEmailOf(user)) return refuse('other_address')
      if ((await entries.take(entry.id)) === undefined) return refuse('unknown')
      emit('enrolment_ticket.used', { userId: user.id, ticketId: entry.id, lockedId }, client)
    },
  }
}
