import { type CallContext, type Client, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { canonicalName } from '../identifier.ts'
import { sessionOf } from '../issuer.ts'
import { type Messenger, verifiedEmailOf, whereFrom } from '../message.ts'
import type { Principal } from '../principal.ts'
import type { Throttle } from '../throttle.ts'
import type { User } from '../user.ts'
import { profileOf } from '../profile.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import type { UserState, UserStates } from '../user-state.ts'
import { isSameEmail, readEmail } from './email-address.ts'
import type { Codes } from './codes.ts'
import type { FoundLink, Links, NewLink, Verification } from './links.ts'
import { sending, type SendingLimits } from './sending.ts'

/** E-mail addresses of the built-in users. One that is verified is a login name. */
export interface Emails {
  /**
   * Sends a link to the address that the user has and has not proved, or a code, by the setting `verification`; nothing when
   * there is none, or it was sent too often.
   */
  sendVerification(userId: string, context?: CallContext): Promise<void>
  /** Consumes the token of such a link. Throws `invalid_code`, `conflict` when the address is somebody else's by now. */
  verify(token: string, context?: CallContext): Promise<void>
  /** Proves the address by the code that was sent, in a session of that user. Throws `invalid_code`, `too_many_attempts`, `conflict`. */
  verifyByCode(principal: Principal, code: string, context?: CallContext): Promise<void>
  /** Sends a link or a code to the new address, and word of it to the old one. Resolves alike whether the new one is free. */
  change(principal: Principal, email: string, context?: CallContext): Promise<void>
  /** The same user's session brings the token back: the address is changed. Throws `invalid_code`, `conflict`. */
  confirmChange(principal: Principal, token: string, context?: CallContext): Promise<void>
  /** The same by the code, in the session that has asked for it. Throws `too_many_attempts` too. */
  confirmChangeByCode(principal: Principal, code: string, context?: CallContext): Promise<void>
}

/** What proves addresses, and what the account's other functions send by it. */
export interface EmailFunctions {
  readonly emails: Emails
  /** Sends what proves the address of a user; counted for the user alone. */
  sendVerification(userId: string, client: Client): Promise<void>
}

/** What they are made of. */
export interface EmailDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly links: Links
  readonly codes: Codes
  readonly verification: Verification
  readonly states: UserStates
  readonly builtIn: BuiltInDirectory
  readonly isBuiltIn: boolean
  readonly throttle: Throttle
  readonly limits: SendingLimits
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

const verify = { kind: 'verification', purpose: 'verify' } as const
const change = { kind: 'verification', purpose: 'change' } as const

/** Addresses are proved by links or codes, each of which is bound to one. */
export function createEmails(deps: EmailDeps): EmailFunctions {
  const { now, emit, links, codes, states, builtIn, throttle, messenger, later } = deps
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
    emit('email.verification_sent', { userId }, client)
    await prove(user, email, { ...verify, for: userId, epoch, address: email }, userId, client)
  }

  /** Sends what proves an address: a code for a flow, or a link. */
  async function prove(
    user: User,
    address: string,
    wanted: NewLink & { readonly purpose: 'verify' | 'change' },
    flow: string,
    client: Client,
  ): Promise<void> {
    const about = { to: address, channel: 'email', user, client: whereFrom(client) } as const
    const type = wanted.purpose === 'verify' ? 'email-verification' : 'email-change'
    if (deps.verification === 'link') messenger?.send({ type, ...about, ...(await links.issue(wanted)) })
    else {
      const issued = await codes.issue({ purpose: wanted.purpose, flow }, wanted, client)
      messenger?.send({ type: 'code', purpose: type, ...about, ...issued })
    }
  }

  async function sendChange(principal: Principal, email: string, client: Client): Promise<void> {
    const { user, epochs } = principal
    if (messenger === undefined || !(await countAccount('email-change', user.id, client))) return
    const holder = await builtIn.findByLogin(canonicalName(email) ?? '')
    messenger.notify(user, 'email_change_requested', { at: now(), client })
    if (holder !== undefined && holder.id !== user.id) {
      messenger.notify(holder, 'already_registered', { at: now(), client })
      return
    }
    const wanted = { ...change, for: user.id, epoch: epochs.session, address: email, from: user.email }
    await prove(user, email, wanted, sessionOf(principal).id, client)
  }

  /** Consumes a link or a code and proves its address, if the user's is still the one that `isSame` says. */
  async function redeem(found: FoundLink, isSame: (state: UserState) => boolean): Promise<string> {
    const { data, owner } = found.entry
    if (owner === null || data.address === null || !(await links.consume(found))) throw new AuthError('invalid_code')
    await builtIn.proveEmail(owner, data.address, (state) =>
      state.epoch === data.epoch && state.disabledAt === null && isSame(state) ? {} : undefined,
    )
    return owner
  }

  async function verifyBy(found: FoundLink | undefined, client: Client): Promise<void> {
    const address = found?.entry.data.address
    if (found?.entry.data.purpose !== 'verify' || typeof address !== 'string') throw new AuthError('invalid_code')
    const userId = await redeem(found, ({ profile }) => isSameEmail(address, profile?.email))
    emit('email.verified', { userId }, client)
  }

  async function changeBy(found: FoundLink | undefined, { user }: Principal, client: Client): Promise<void> {
    const isTheirs = found?.entry.owner === user.id && found.entry.data.purpose === 'change'
    const before = isTheirs && found.owner !== undefined ? profileOf(found.owner) : undefined
    if (found === undefined || before === undefined) throw new AuthError('invalid_code')
    const { from } = found.entry.data
    const userId = await redeem(found, ({ profile }) => profile?.email === from)
    emit('email.changed', { userId }, client)
    // To the old address: whoever reads that one may not be who reads the new one.
    if (verifiedEmailOf(before) !== undefined) messenger?.notify(before, 'email_changed', { at: now(), client })
  }

  const emails: Emails = {
    async sendVerification(userId, context) {
      checkBuiltIn()
      const client = toClient(context)
      await countNetwork('email-verification', client)
      later(() => sendVerification(userId, client))
    },

    verify: async (token, context) => verifyBy(await links.find(token, 'verification'), toClient(context)),

    async verifyByCode(principal, code, context) {
      sessionOf(principal)
      const client = toClient(context)
      await verifyBy(await codes.find({ purpose: 'verify', flow: principal.user.id }, code, client), client)
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
      await changeBy(await links.find(token, 'verification'), principal, toClient(context))
    },

    async confirmChangeByCode(principal, code, context) {
      const { id: flow } = sessionOf(principal)
      const client = toClient(context)
      await changeBy(await codes.find({ purpose: 'change', flow }, code, client), principal, client)
    },
  }
  return { emails, sendVerification }
}
