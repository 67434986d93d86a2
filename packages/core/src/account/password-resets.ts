import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import type { PasswordFactor } from '../factors/password.ts'
import { canonicalName } from '../identifier.ts'
import { type Messenger, verifiedEmailOf, whereFrom } from '../message.ts'
import type { SessionIssuer } from '../session.ts'
import type { Throttle } from '../throttle.ts'
import type { KnownUser, User, UserLookup } from '../user.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import { newApiTokenEpoch, newEpoch, type PasswordCredential, type UserState, type UserStates } from '../user-state.ts'
import { isSameEmail } from './email-address.ts'
import type { FoundLink, IssuedLink, LinkData, Links } from './links.ts'
import { sending, type SendingLimits } from './sending.ts'

/** A new password by a link. */
export interface PasswordResetRequest {
  readonly token: string
  readonly password: string
  /**
   * Ends the user's API tokens too; `false` by default. They end anyhow with a password that is older than the proof of the
   * address: whoever chose that one need not be who reads the mail there.
   */
  readonly revokeApiTokens?: boolean | undefined
}

/** Passwords that are forgotten, or not there yet. */
export interface PasswordResets {
  /** Sends a link to whoever has this login name. Resolves alike, and as soon, whether anybody has. Throws `too_many_attempts` by network. */
  forgot(login: string, client: Client): Promise<void>
  /** Whose password a link would set as things are. */
  userOf(link: FoundLink): Promise<User | undefined>
  /** Sets the password, ends every session, and leads to the first door. Throws `invalid_code`, `password_refused`. */
  reset(link: FoundLink, request: PasswordResetRequest, client: Client): Promise<void>
  /** A link for a user on an administrator's word: sent if there is an address for it, else to be handed over. */
  offer(known: KnownUser, by?: Origin): Promise<IssuedLink & { readonly sentTo: string | undefined }>
}

/** What resets are made of. */
export interface PasswordResetDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly links: Links
  readonly users: UserLookup
  readonly states: UserStates
  readonly builtIn: BuiltInDirectory
  readonly isBuiltIn: boolean
  readonly passwords: PasswordFactor
  readonly sessions: SessionIssuer
  readonly throttle: Throttle
  readonly limits: SendingLimits
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

/** Resets by a link to the address that is stored, and verified. */
export function createPasswordResets(deps: PasswordResetDeps): PasswordResets {
  const { now, emit, links, users, states, builtIn, isBuiltIn, passwords, throttle, messenger, later } = deps
  const { countNetwork, countAccount } = sending(throttle, deps.limits)

  function issue(
    purpose: 'reset' | 'invitation',
    { id }: User,
    { epoch, password }: UserState,
    address: string | undefined,
  ): Promise<IssuedLink> {
    return links.issue({ kind: 'reset', purpose, for: id, epoch, passwordSetAt: password?.setAt, address })
  }

  async function send(name: string | undefined, client: Client): Promise<void> {
    const known = name === undefined ? undefined : await users.knownByLogin(name)
    emit('password.reset_requested', { userId: known?.user.id, by: 'user' }, client)
    const to = known && verifiedEmailOf(known.user)
    // Who never had a password logs in by a provider, and the provider is to stay the one who says so.
    if (known === undefined || to === undefined || messenger === undefined || !mayReset(known)) return
    const { user, entry } = known
    const issued = await issue('reset', user, entry.data, to)
    messenger.send({ type: 'password-reset', to, channel: 'email', user, client: whereFrom(client), ...issued })
  }

  /** The user of a link, unless it was sent to an address that is theirs no more. */
  async function userOf({ owner, entry: { data } }: FoundLink): Promise<User | undefined> {
    const user = owner && (await users.ofEntry(owner))
    return user !== undefined && (data.address === null || isSameEmail(data.address, user.email)) ? user : undefined
  }

  /** What a reset makes of the user, if everything is still as it was when the link was made. */
  function change({ entry: { data } }: FoundLink, made: PasswordCredential, ends: { apiTokens: boolean }) {
    return (state: UserState): Partial<UserState> | undefined => {
      if (!isAsItWas(data, state)) return undefined
      const isFirstProof = data.address !== null && isUnproven(state)
      if (isFirstProof) ends.apiTokens = true
      // Strictly younger than the one before: by the time that it was set the two are told apart.
      const password = { ...made, setAt: Math.max(made.setAt, (state.password?.setAt ?? 0) + 1) }
      const ended = isFirstProof && state.password !== null && { identities: {} }
      return { password, ...newEpoch(), ...(ends.apiTokens && newApiTokenEpoch()), ...ended }
    }
  }

  /** The one write that uses up the link: it moves the epoch that the link was made under. */
  async function store(
    user: User,
    { address }: FoundLink['entry']['data'],
    changed: (state: UserState) => Partial<UserState> | undefined,
  ): Promise<boolean> {
    if (isBuiltIn && address !== null && user.emailVerified !== true) {
      // Whoever has read the link reads the address. If that belongs to somebody else by now, the password is theirs still.
      const proven = await builtIn.proveEmail(user.id, address, changed).catch(ifConflict)
      if (proven !== undefined) return true
    }
    const stored = await states.update(user.id, ({ data }) => {
      const made = changed(data)
      return made && { data: { ...data, ...made } }
    })
    return stored !== undefined
  }

  return {
    async forgot(login, client) {
      await countNetwork('password-forgot', client)
      later(async () => {
        const name = canonicalName(login)
        if (await countAccount('password-forgot', name ?? '', client)) await send(name, client)
      })
    },

    async userOf(link) {
      const { owner, entry } = link
      return owner !== undefined && isAsItWas(entry.data, owner.data) ? userOf(link) : undefined
    },

    async reset(link, { password, revokeApiTokens = false }, client) {
      const user = await userOf(link)
      if (user === undefined) throw new AuthError('invalid_code')
      // Before the link is used up: a password that is refused does not cost it.
      const made = await passwords.credential(password, user, client)
      const ends = { apiTokens: revokeApiTokens }
      if (!(await store(user, link.entry.data, change(link, made, ends)))) throw new AuthError('invalid_code')
      passwords.forgive(user)
      emit('password.reset', { userId: user.id, apiTokensEnded: ends.apiTokens }, client)
      messenger?.notify(user, 'password_reset', { at: now(), client })
      later(async () => {
        await links.consume(link)
        await deps.sessions.tidy(user.id)
      })
    },

    async offer({ user, entry }, by) {
      const isFirst = entry.data.password === null
      // An administrator who has written down an address has said whose it is; whoever follows the link proves it.
      const to = messenger === undefined ? undefined : (verifiedEmailOf(user) ?? (isFirst ? user.email : undefined))
      const purpose = isFirst ? 'invitation' : 'reset'
      const issued = await issue(purpose, user, entry.data, to)
      emit('password.reset_requested', { userId: user.id, by: 'administrator' }, by)
      const type = isFirst ? 'invitation' : 'password-reset'
      if (to !== undefined) messenger?.send({ type, to, channel: 'email', user, ...issued })
      return { ...issued, sentTo: to }
    },
  }
}

/** Whether nothing has changed since a link was made that ends it. */
function isAsItWas(data: LinkData, { epoch, disabledAt, profile, password }: UserState): boolean {
  const isNewer = (password?.setAt ?? null) !== data.passwordSetAt
  const isOther = data.address !== null && profile !== null && !isSameEmail(data.address, profile.email)
  return epoch === data.epoch && disabledAt === null && !isOther && !isNewer
}

/**
 * Whether an account may be the work of somebody who only claimed its address, and waited for whoever reads the mail there
 * to take it over: it is older than the proof, and so is its password.
 */
function isUnproven({ profile, password }: UserState): boolean {
  if (profile === null) return false
  const { emailVerifiedAt, createdAt } = profile
  if (emailVerifiedAt === null) return true
  return emailVerifiedAt > createdAt && (password === null || password.setAt < emailVerifiedAt)
}

function mayReset({ entry: { data } }: KnownUser): boolean {
  return data.password !== null && data.disabledAt === null
}

function ifConflict(error: unknown): undefined {
  if (error instanceof AuthError && error.code === 'conflict') return undefined
  throw error
}
