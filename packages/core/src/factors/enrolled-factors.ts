import type { AuthenticationRequirement } from '../authentication.ts'
import type { Client } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import type { Clock } from '../collection.ts'
import type { Messenger } from '../message.ts'
import type { PolicyJudge } from '../mfa-policy.ts'
import type { ProviderRegistry } from '../provider-registry.ts'
import type { Entry } from '../storage.ts'
import type { KnownUser, User, UserLookup } from '../user.ts'
import { newDeviceEpoch, newEpoch, newFactorEpoch, type UserStates } from '../user-state.ts'
import type { CredentialData, CredentialStore } from './credentials.ts'
import type { Answer, NewCredential } from './factor.ts'
import type { SecondFactors } from './second-factors.ts'

/** An enrolled factor as it is shown: never its secret. Times are in milliseconds since the epoch. */
export interface EnrolledFactor {
  readonly id: string
  /** Its kind, as in `totp`. */
  readonly factor: string
  readonly name: string | undefined
  readonly createdAt: number
  readonly lastUsedAt: number | undefined
  /** What its kind says of itself, as the number of recovery codes that are left. */
  readonly details: Answer
}

/** The factors of users: what is stored, what may go, and who is told. */
export interface EnrolledFactors {
  list(userId: string): Promise<readonly EnrolledFactor[]>
  /** What a change of factors or of the account needs: recent, at the highest level that the user has. */
  requirement(known: KnownUser): Promise<AuthenticationRequirement>
  /** Stores a credential, unless the user's epochs have moved. Throws `conflict`. */
  add(
    holder: KnownUser,
    factor: string,
    credential: NewCredential,
    epochs: { readonly session: string; readonly factors: string },
    client: Client,
  ): Promise<EnrolledFactor>
  /** Whether a user has a factor that lets them in by itself, as a passkey does. */
  hasOwnFactor(userId: string): Promise<boolean>
  /** Throws `not_found`, `factor_required` where policy asks for it, `last_way_in`. */
  remove(known: KnownUser, id: string, client: Client): Promise<void>
  /** Ends every factor, session, locked token, link and trusted device of the user with one write. */
  reset(userId: string, by?: Origin): Promise<void>
}

/** What they are made of. */
export interface EnrolledFactorsDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly states: UserStates
  readonly users: UserLookup
  readonly credentials: CredentialStore
  readonly factors: SecondFactors
  readonly policy: PolicyJudge
  readonly registry: Pick<ProviderRegistry, 'find'>
  readonly messenger: Messenger | undefined
  readonly recentMs: number
}

const maxCredentials = 20

/** The factors that users have enrolled. */
export function createEnrolledFactors(deps: EnrolledFactorsDeps): EnrolledFactors {
  const { now, emit, states, users, credentials, factors, policy, registry, messenger, recentMs } = deps
  const { entries } = credentials

  function show({ id, data }: Pick<Entry<CredentialData>, 'id' | 'data'>): EnrolledFactor {
    const { factor, name, createdAt, lastUsedAt, own } = data
    const details = factors.named(factor)?.describe?.(own) ?? {}
    return { id, factor, name: name ?? undefined, createdAt, lastUsedAt: lastUsedAt ?? undefined, details }
  }

  const isMain = ({ data }: Entry<CredentialData>): boolean => factors.named(data.factor)?.isBackup !== true

  /** What the user would miss with these credentials alone; `undefined` when nothing. */
  async function missingWith(
    known: KnownUser,
    left: readonly Entry<CredentialData>[],
    going: CredentialData,
  ): Promise<'factor_required' | 'last_way_in' | undefined> {
    const ids = new Set(left.map(({ data }) => data.factor))
    const has = await Promise.all(
      factors.all.map(async (factor) => ids.has(factor.id) || factor.isEnrolled?.(known.user)),
    )
    const equipped = factors.all.filter((_, i) => has[i])
    if (!policy.isEquipped(policy.policyOf(known.user, known.entry.data), equipped)) return 'factor_required'
    if (!opens(going) || (await hasOtherWayIn(known))) return undefined
    return (await letsIn(known.user, left)) ? undefined : 'last_way_in'
  }

  /** A password, or an identity at a provider that is still there. */
  async function hasOtherWayIn({ entry }: KnownUser): Promise<boolean> {
    const { password, identities = {} } = entry.data
    if (password !== null) return true
    for (const { provider } of Object.values(identities)) {
      if ((await registry.find(provider)) !== undefined) return true
    }
    return false
  }

  /** Whether a credential lets its owner in by itself. */
  function opens({ factor, own }: CredentialData): boolean {
    const logIn = factors.named(factor)?.logIn
    return logIn !== undefined && (logIn.opens?.(own) ?? true)
  }

  /** Whether one of these does, or a factor that the user has without one. */
  async function letsIn(user: User, held: readonly Entry<CredentialData>[]): Promise<boolean> {
    if (held.some(({ data }) => opens(data))) return true
    const withLogIn = factors.all.filter(({ logIn }) => logIn !== undefined)
    const has = await Promise.all(withLogIn.map(async ({ isEnrolled }) => isEnrolled?.(user)))
    return has.includes(true)
  }

  async function replace(id: string, owner: string, data: CredentialData): Promise<boolean> {
    return (await entries.update(id, (old) => (old.owner === owner ? { data } : undefined))) !== undefined
  }

  return {
    async list(userId) {
      const known = await users.known(userId)
      return known === undefined ? [] : (await credentials.list(userId, known.entry.data.factorEpoch)).map(show)
    },

    async requirement(known) {
      const enrolled = await factors.enrolled(known)
      return { within: recentMs, ...(enrolled.some(({ isBackup }) => !isBackup) && { assurance: 2 as const }) }
    },

    async hasOwnFactor(userId) {
      if (factors.all.every(({ logIn }) => logIn === undefined)) return false
      const known = await users.known(userId)
      if (known === undefined) return false
      return letsIn(known.user, await credentials.list(userId, known.entry.data.factorEpoch))
    },

    async add({ user, entry: owner }, factor, { id, name, own, replaces }, epochs, client) {
      const data = { factor, epoch: epochs.factors, name: name ?? null, createdAt: now(), lastUsedAt: null, own }
      const held = await credentials.list(user.id, epochs.factors)
      if (held.length >= maxCredentials && !held.some((entry) => entry.id === id)) {
        throw new AuthError('conflict', { detail: `A user may have ${maxCredentials} factors.` })
      }
      // In this write it is decided: what ended the user's sessions before it has ended the right to enrol.
      const allowed = await states.update(owner.id, ({ data: state }) => {
        const isSame = state.epoch === epochs.session && state.factorEpoch === epochs.factors
        return isSame ? { data: { ...state, ...newDeviceEpoch() } } : undefined
      })
      if (allowed === undefined) throw new AuthError('conflict', { detail: 'Your sessions were ended meanwhile.' })
      const isNew = await entries.insert({ id, owner: owner.id, expiresAt: null, data })
      if (!isNew && !(replaces && (await replace(id, owner.id, data)))) {
        throw new AuthError('conflict', { detail: 'This is registered already.' })
      }
      const details = { userId: user.id, factor, factorId: id }
      emit(isNew ? 'factor.enrolled' : 'factor.replaced', details, client)
      messenger?.notify(user, isNew ? 'factor_enrolled' : 'factor_replaced', { at: now(), factor, client })
      return show({ id, data })
    },

    async remove(known, id, client) {
      const { user, entry: owner } = known
      const all = await credentials.list(user.id, owner.data.factorEpoch)
      const going = all.find((entry) => entry.id === id)
      if (going === undefined) throw new AuthError('not_found')
      const rest = all.filter((entry) => entry.id !== id)
      const refusal = await missingWith(known, rest, going.data)
      if (refusal !== undefined) throw new AuthError(refusal)
      await states.change(user.id, newDeviceEpoch)
      if ((await entries.take(id)) === undefined) throw new AuthError('not_found')
      const left = await credentials.list(user.id, owner.data.factorEpoch)
      const lacking = await missingWith((await users.known(user.id)) ?? known, left, going.data)
      if (lacking !== undefined) {
        // Something else went in the same moment: of two that were each dispensable, one was not.
        await entries.insert({ id, owner: going.owner, expiresAt: null, data: going.data })
        throw new AuthError(lacking)
      }
      // What stands in for a lost factor has nothing left to stand in for.
      if (!left.some(isMain)) for (const entry of left) await entries.take(entry.id)
      emit('factor.removed', { userId: user.id, factor: going.data.factor, factorId: id }, client)
      messenger?.notify(user, 'factor_removed', { at: now(), factor: going.data.factor, client })
    },

    async reset(userId, by) {
      await states.change(userId, () => ({ ...newEpoch(), ...newFactorEpoch(), ...newDeviceEpoch() }))
      emit('factors.reset', { userId }, by)
      const user = await users.find(userId)
      if (user !== undefined) messenger?.notify(user, 'factors_reset', { at: now() })
      await entries.removeAll(userId)
    },
  }
}
