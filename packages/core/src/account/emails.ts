import { type CallContext, type Client, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { canonicalName } from '../identifier.ts'
import { sessionOf } from '../issuer.ts'
import { type Messenger, verifiedEmailOf, whereFrom } from '../message.ts'
import type { Principal } from '../principal.ts'
import type { Throttle } from '../throttle.ts'
import { profileOf } from '../profile.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import type { UserState, UserStates } from '../user-state.ts'
import { isSameEmail, readEmail } from './email-address.ts'
import type { FoundLink, Links } from './links.ts'
import { sending, type SendingLimits } from './sending.ts'

/** E-mail addresses of the built-in users. One that is verified is a login name. */
export interface Emails {
  /** Sends a link to the address that the user has and has not proved; nothing when there is none, or it was sent too often. */
  sendVerification(userId: string, context?: CallContext): Promise<void>
  /** Consumes the token of such a link. Throws `invalid_code`, `conflict` when the address is somebody else's by now. */
  verify(token: string, context?: CallContext): Promise<void>
  /** Sends a link to the new address, and word of it to the old one. Resolves alike whether the new one is free. */
  change(principal: Principal, email: string, context?: CallContext): Promise<void>
  /** The same user's session brings the token back: the address is changed. Throws `invalid_code`, `conflict`. */
  confirmChange(principal: Principal, token: string, context?: CallContext): Promise<void>
}

/** What they are made of. */
export interface EmailDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly links: Links
  readonly states: UserStates
  readonly builtIn: BuiltInDirectory
  readonly isBuiltIn: boolean
  readonly throttle: Throttle
  readonly limits: SendingLimits
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

/** Addresses are proved by links, each of which is bound to one. */
export function createEmails(deps: EmailDeps): Emails {
  const { now, emit, links, states, builtIn, throttle, messenger, later } = deps
  const { countNetwork, countAccount } = sending(throttle, deps.limits)

  function checkBuiltIn(): void {
    if (!deps.isBuiltIn)
      throw new AuthError('not_found', { detail: 'The application keeps the addresses of its users.' })
  }

  async function sendVerification(userId: string, client: Client): Promise<void> {
    const entry = await states.get(userId)
    const user = entry && profileOf(entry)
    if (entry === undefined || user?.email === undefined || user.emailVerified === true) return
    if (messenger === undefined || !(await countAccount('email-verification', userId, client))) return
    const { email } = user
    const holder = await builtIn.findByLogin(canonicalName(email) ?? '')
    if (holder !== undefined && holder.id !== userId) {
      messenger.notify(holder, 'already_registered', { at: now(), client })
      return
    }
    const { epoch } = entry.data
    const issued = await links.issue({ kind: 'verification', purpose: 'verify', for: userId, epoch, address: email })
    emit('email.verification_sent', { userId }, client)
    messenger.send({
      type: 'email-verification',
      to: email,
      channel: 'email',
      user,
      client: whereFrom(client),
      ...issued,
    })
  }

  async function sendChange({ user, epochs }: Principal, email: string, client: Client): Promise<void> {
    if (messenger === undefined || !(await countAccount('email-change', user.id, client))) return
    const holder = await builtIn.findByLogin(canonicalName(email) ?? '')
    messenger.notify(user, 'email_change_requested', { at: now(), client })
    if (holder !== undefined && holder.id !== user.id) {
      messenger.notify(holder, 'already_registered', { at: now(), client })
      return
    }
    const [epoch, from] = [epochs.session, user.email]
    const issued = await links.issue({
      kind: 'verification',
      purpose: 'change',
      for: user.id,
      epoch,
      address: email,
      from,
    })
    messenger.send({ type: 'email-change', to: email, channel: 'email', user, client: whereFrom(client), ...issued })
  }

  /** Consumes a link and proves its address, if the user's is still the one that `isSame` says. */
  async function prove(found: FoundLink, isSame: (state: UserState) => boolean): Promise<string> {
    const { data, owner } = found.entry
    if (owner === null || data.address === null || !(await links.consume(found))) throw new AuthError('invalid_code')
    await builtIn.proveEmail(owner, data.address, (state) =>
      state.epoch === data.epoch && state.disabledAt === null && isSame(state) ? {} : undefined,
    )
    return owner
  }

  return {
    async sendVerification(userId, context) {
      checkBuiltIn()
      const client = toClient(context)
      await countNetwork('email-verification', client)
      later(() => sendVerification(userId, client))
    },

    async verify(token, context) {
      const found = await links.find(token, 'verification')
      const address = found?.entry.data.address
      if (found?.entry.data.purpose !== 'verify' || typeof address !== 'string') throw new AuthError('invalid_code')
      const userId = await prove(found, ({ profile }) => isSameEmail(address, profile?.email))
      emit('email.verified', { userId }, toClient(context))
    },

    async change(principal, text, context) {
      checkBuiltIn()
      sessionOf(principal)
      const client = toClient(context)
      const email = readEmail(text)
      await countNetwork('email-change', client)
      emit('email.change_requested', { userId: principal.user.id }, client)
      later(() => sendChange(principal, email, client))
    },

    async confirmChange(principal, token, context) {
      sessionOf(principal)
      const client = toClient(context)
      const found = await links.find(token, 'verification')
      const isTheirs = found?.entry.owner === principal.user.id && found.entry.data.purpose === 'change'
      const before = isTheirs && found.owner !== undefined ? profileOf(found.owner) : undefined
      if (found === undefined || before === undefined) throw new AuthError('invalid_code')
      const { from } = found.entry.data
      const userId = await prove(found, ({ profile }) => profile?.email === from)
      emit('email.changed', { userId }, client)
      // To the old address: whoever reads that one may not be who reads the new one.
      if (verifiedEmailOf(before) !== undefined) messenger?.notify(before, 'email_changed', { at: now(), client })
    },
  }
}
