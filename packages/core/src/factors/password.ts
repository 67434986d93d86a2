import type { Authentication } from '../authentication.ts'
import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, PasswordPurpose, PasswordRefusal } from '../events.ts'
import { canonicalName } from '../identifier.ts'
import type { KnownDevices } from '../known-device.ts'
import type { GuessLimits, Throttle } from '../throttle.ts'
import type { KnownUser, User, UserLookup } from '../user.ts'
import { newApiTokenEpoch, newEpoch, type PasswordCredential, type UserEntry, type UserStates } from '../user-state.ts'
import type { HashingQueue } from './hashing-queue.ts'
import type { PasswordHasher } from './password-hash.ts'
import {
  checkLength,
  explainProblem,
  judgePassword,
  normalisePassword,
  type PasswordPolicy,
  type PasswordProblem,
} from './password-policy.ts'

/** What a password change ends besides. */
export interface PasswordChange {
  readonly revokeOthers: boolean
  readonly revokeApiTokens: boolean
}

/** The first factor that everybody has. */
export interface PasswordFactor {
  /** The authentication that a user name and password prove, `undefined` when they are wrong, whatever is wrong. */
  authenticate(username: string, password: string, client: Client): Promise<Authentication | undefined>
  /** The same for a user who is known already; counted together with their log-ins. */
  verify(user: User, password: string, client: Client): Promise<Authentication | undefined>
  /** A credential for a new password that the policy accepts. Throws `password_refused` with the reason. */
  credential(password: string, user: Pick<User, 'username' | 'email'>, client?: Client): Promise<PasswordCredential>
  /** Forgets, after the answer, what was guessed wrong at a password that has just been replaced. */
  forgive(user: User): void
  /** Sets the password of a user, ending their sessions and links with the same write. */
  set(userId: string, password: string): Promise<void>
  /**
   * Replaces a password that was verified, ending sessions and API tokens as asked, in one write.
   * Resolves to the authentication under the epoch that this write made. Throws `conflict` when somebody was faster.
   */
  change(user: User, current: string, password: string, change: PasswordChange, client: Client): Promise<Authentication>
}

/** What the password factor is made of. */
export interface PasswordDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly states: UserStates
  readonly throttle: Throttle
  readonly queue: HashingQueue
  readonly hasher: PasswordHasher
  readonly policy: PasswordPolicy
  readonly limits: GuessLimits
  readonly knownDevices: KnownDevices
  readonly later: (task: () => Promise<unknown>) => void
}

/** What guesses at passwords are counted as: an address may be another name of the same user. */
const purposes = ['password', 'password-by-address'] as const

/** Whose password it was, and what it proves. */
interface Verified {
  readonly known: KnownUser
  readonly authentication: Authentication
}

/** Passwords under argon2id in the `user` entry. */
export function createPasswordFactor(deps: PasswordDeps): PasswordFactor {
  const { now, emit, users, states, throttle, queue, hasher, policy, limits, knownDevices, later } = deps

  /** A guess at the password of whoever has this name: counted by name and network, admitted to the queue, verified. */
  async function guess(
    purpose: PasswordPurpose,
    name: string,
    find: () => Promise<KnownUser | undefined>,
    password: string,
    client: Client,
  ): Promise<Verified | undefined> {
    const problem = checkLength(password, policy)
    if (problem === 'too_long' || problem === 'malformed') {
      throw new AuthError('invalid_request', { detail: `\`password\`: ${explainProblem(problem, policy)}` })
    }
    const device = client.known === undefined ? undefined : deviceOf(client.known, await find())
    return throttle.guess(
      { purpose: 'password', account: name, network: client.network, device, from: client },
      limits,
      async () => {
        const known = await find()
        const account = known === undefined ? name : nameOf(known.user)
        // An address may be a second name of somebody, and what that costs, every address costs.
        if (account === name && !name.includes('@')) return verify(purpose, known, password, client)
        // A directory may know one user by many names: together they get no more guesses than one.
        const again = account === name ? 'password-by-address' : 'password'
        const guesser = { purpose: again, account, network: undefined, device, from: client }
        const shared = { ...limits, network: [], pair: [] }
        return throttle.guess(guesser, shared, () => verify(purpose, known, password, client))
      },
      () => queue.enter(client.network, client.departed),
    )
  }

  const deviceOf = (marker: string, known: KnownUser | undefined): string | undefined =>
    known && knownDevices.idOf(marker, known.entry)

  async function verify(
    purpose: PasswordPurpose,
    known: KnownUser | undefined,
    password: string,
    client: Client,
  ): Promise<Verified | undefined> {
    const reason = await judge(known, password)
    if (reason !== undefined || known === undefined) {
      emit('password.failed', { purpose, userId: known?.user.id, reason: reason ?? 'unknown_user' }, client)
      return undefined
    }
    const { epoch, password: credential } = known.entry.data
    // Before a change it would be in the way of the new password.
    const isOutdated = credential !== null && !hasher.isCurrent(credential.hash)
    if (isOutdated && purpose !== 'change') later(() => rehash(known.entry, credential, password))
    const passwordSetAt = credential?.setAt
    return { known, authentication: { userId: known.user.id, methods: ['pwd'], at: now(), epoch, passwordSetAt } }
  }

  /** What is wrong, after the same work whatever it is. */
  async function judge(known: KnownUser | undefined, password: string): Promise<PasswordRefusal | undefined> {
    const credential = known?.entry.data.password
    const text = credential?.form === 'none' ? password : normalisePassword(password)
    const right = await hasher.verify(credential?.hash ?? hasher.dummy, text)
    if (known === undefined) return 'unknown_user'
    if (!right || !credential) return 'wrong_password'
    return known.entry.data.disabledAt === null ? undefined : 'disabled'
  }

  /** A better hash of the same password, if it is still the same: the epoch stays. */
  async function rehash(entry: UserEntry, old: PasswordCredential, password: string): Promise<void> {
    const hash = await inQueue(() => hasher.hash(normalisePassword(password)))
    const stored = await states.update(entry.id, ({ data }) =>
      data.password?.hash === old.hash
        ? { data: { ...data, password: { hash, setAt: old.setAt, form: 'nfkc' } } }
        : undefined,
    )
    if (stored !== undefined) emit('password.rehashed', { userId: entry.id })
  }

  async function inQueue<Result>(work: () => Promise<Result>, client?: Client): Promise<Result> {
    const leave = await queue.enter(client?.network, client?.departed)
    try {
      return await work()
    } finally {
      leave()
    }
  }

  async function credential(
    password: string,
    { username, email }: Pick<User, 'username' | 'email'>,
    client?: Client,
  ): Promise<PasswordCredential> {
    const words = [username, ...(email === undefined ? [] : [email, email.split('@')[0] ?? ''])]
    const problem = (await judgePassword(password, policy, words)) ?? (await judgeBreached(password, client))
    if (problem !== undefined) {
      throw new AuthError('password_refused', { detail: explainProblem(problem, policy), members: { reason: problem } })
    }
    const hash = await inQueue(() => hasher.hash(normalisePassword(password)), client)
    return { hash, setAt: now(), form: 'nfkc' }
  }

  /** A service that is away keeps nobody from a password: our own list was asked before. */
  async function judgeBreached(password: string, client?: Client): Promise<PasswordProblem | undefined> {
    try {
      return (await policy.breached?.(password)) === true ? 'breached' : undefined
    } catch (error) {
      emit('breach_check.failed', { reason: error instanceof Error ? error.message : String(error) }, client)
      return undefined
    }
  }

  /** Failures at a password that is no more are not held against the new one, nor against who comes with it. */
  function forgive(user: User): void {
    const names = new Set([nameOf(user), canonicalName(user.email ?? '') ?? nameOf(user)])
    const accounts = [...names].flatMap((account) => purposes.map((purpose) => ({ purpose, account })))
    later(() => Promise.all(accounts.map((account) => throttle.forget(account, limits))))
  }

  return {
    credential,
    forgive,

    async authenticate(username, password, client) {
      const name = canonicalName(username)
      // What can't be a name is nobody's: it costs and counts like any unknown one.
      const find = async () => (name === undefined ? undefined : users.knownByLogin(name))
      const found = await guess('login', name ?? '', find, password, client)
      return found?.authentication
    },

    async verify(user, password, client) {
      const found = await guess('reauthentication', nameOf(user), () => users.known(user.id), password, client)
      return found?.authentication
    },

    async set(userId, password) {
      const user = (await users.find(userId)) ?? missing()
      const made = await credential(password, user)
      await states.ensure(userId)
      await states.change(userId, (state) => ({ password: after(state.password, made), ...newEpoch() }))
      forgive(user)
      emit('password.set', { userId })
    },

    async change(user, current, password, { revokeOthers, revokeApiTokens }, client) {
      const found = await guess('change', nameOf(user), () => users.known(user.id), current, client)
      if (found === undefined) throw new AuthError('invalid_credentials')
      const made = await credential(password, user, client)
      const verified = found.known.entry.data
      const stored = await states.update(user.id, ({ data }) => {
        // The epoch too: what ended every session meanwhile has ended the right to change the password.
        if (data.password?.setAt !== verified.password?.setAt || data.epoch !== verified.epoch) return undefined
        const ended = { ...(revokeOthers && newEpoch()), ...(revokeApiTokens && newApiTokenEpoch()) }
        return { data: { ...data, password: after(data.password, made), ...ended } }
      })
      if (stored === undefined) throw new AuthError('conflict', { detail: 'The password was changed just now.' })
      forgive(user)
      emit(
        'password.changed',
        { userId: user.id, sessionsEnded: revokeOthers, apiTokensEnded: revokeApiTokens },
        client,
      )
      const { epoch, password: set } = stored.data
      return { ...found.authentication, at: now(), epoch, passwordSetAt: set?.setAt }
    },
  }
}

/** A new password is strictly younger than the one before: by the time that it was set the two are told apart. */
function after(before: PasswordCredential | null, made: PasswordCredential): PasswordCredential {
  return { ...made, setAt: Math.max(made.setAt, (before?.setAt ?? 0) + 1) }
}

function nameOf({ username, id }: User): string {
  return canonicalName(username) ?? id
}

function missing(): never {
  throw new AuthError('not_found', { detail: 'There is no such user.' })
}
