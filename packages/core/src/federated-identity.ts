import { type Clock, type Collection, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import { sha256 } from './hash.ts'
import type { Entry, Storage } from './storage.ts'
import type { UserEntry, UserState, UserStates } from './user-state.ts'

/** Who somebody is to a provider. Nothing else ever finds a user: no address, no name. */
export interface IdentityKey {
  readonly provider: string
  readonly issuer: string
  readonly subject: string
}

/** What storage keeps of an identity. It counts only while its owner's `user` entry names it. */
export interface IdentityData extends IdentityKey {
  readonly name: string | null
  readonly createdAt: number
  readonly lastLoginAt: number
  /** The last time that the provider ended every session of the subject: when it said so, and when we heard it. */
  readonly ended: { readonly issuedAt: number; readonly at: number } | null
}

/** A federated identity as its user sees it. Times are in milliseconds since the epoch. */
export interface Identity extends IdentityKey {
  readonly id: string
  /** What the provider calls the user; to tell identities apart, and for nothing else. */
  readonly name: string | undefined
  readonly createdAt: number
  readonly lastLoginAt: number
}

/** An identity and the `user` entry of whoever has it. */
export interface HeldIdentity {
  readonly entry: Entry<IdentityData>
  readonly owner: UserEntry
}

/** The federated identities of a store. */
export interface FederatedIdentities {
  readonly entries: Collection<IdentityData>
  /** Who has the identity; `undefined` when nobody has. */
  find(key: IdentityKey): Promise<HeldIdentity | undefined>
  /**
   * Gives it to a user whose epoch is still the one that was read. Once for ever: of many callers, for whichever users,
   * one gets it. `'taken'` when somebody else has it.
   */
  bind(key: IdentityKey, name: string | undefined, user: UserEntry): Promise<'bound' | 'already' | 'taken'>
  list(userId: string): Promise<readonly Identity[]>
  /**
   * Takes it from the user, if `judge` says of what would remain that it still lets them in: judged and written at once,
   * so that of two last identities one stays, and once more afterwards, since a factor may have gone. Throws `not_found`,
   * `last_way_in`.
   */
  unbind(userId: string, id: string, judge: () => Promise<(left: UserState) => boolean>): Promise<Identity>
}

/** How long a binding may take, in milliseconds: what is half done and older was left behind by a crash. */
const settleMs = 30_000
const maxIdentities = 100

/** The id of an identity: the three parts, told apart whatever they hold. */
export function identityId({ provider, issuer, subject }: IdentityKey): string {
  return sha256(JSON.stringify([provider, issuer, subject]))
}

/** Identities on storage: first the entry, which is unique, then the user's, which makes it count. */
export function createFederatedIdentities(storage: Storage, now: Clock, states: UserStates): FederatedIdentities {
  const entries = collection<IdentityData>('identity', storage, now)

  async function find(key: IdentityKey): Promise<HeldIdentity | undefined> {
    const id = identityId(key)
    const held = await entries.getWithOwner(id)
    const owner = held?.owner as UserEntry | undefined
    return held && owner && names(owner.data, id) ? { entry: held.entry, owner } : undefined
  }

  /** Inserts the entry; a leftover that counts for nobody makes way, by one conditional write. */
  async function claim(entry: Omit<Entry<IdentityData>, 'kind' | 'version'>): Promise<'won' | 'already' | 'taken'> {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await entries.insert(entry)) return 'won'
      const held = await entries.getWithOwner(entry.id)
      if (held === undefined) continue
      const owner = held.owner as UserEntry | undefined
      if (owner !== undefined && names(owner.data, entry.id)) return owner.id === entry.owner ? 'already' : 'taken'
      const isLeftover = owner === undefined || held.entry.data.createdAt < now() - settleMs
      if (isLeftover) await entries.replace(held.entry, { expiresAt: 0 })
      else await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new AuthError('conflict', { detail: 'This identity is being linked at this moment.' })
  }

  return {
    entries,
    find,

    async bind(key, name, user) {
      const id = identityId(key)
      const data: IdentityData = {
        ...key,
        name: name ?? null,
        createdAt: now(),
        lastLoginAt: now(),
        ended: null,
      }
      const claimed = await claim({ id, owner: user.id, expiresAt: null, data })
      if (claimed !== 'won') return claimed
      const bound = await states.update(user.id, ({ data: state }) => {
        if (state.epoch !== user.data.epoch || state.disabledAt !== null) return undefined
        if (Object.keys(state.identities ?? {}).length >= maxIdentities) return undefined
        return { data: { ...state, identities: { ...state.identities, [id]: { provider: key.provider, at: now() } } } }
      })
      if (bound !== undefined) return 'bound'
      await entries.take(id)
      throw new AuthError('invalid_token', { detail: 'The sessions of this user were ended just now.' })
    },

    async list(userId) {
      const [page, owner] = await Promise.all([
        entries.list({ owner: userId, limit: maxIdentities }),
        states.get(userId),
      ])
      return page.items.filter(({ id }) => owner !== undefined && names(owner.data, id)).map(toIdentity)
    },

    async unbind(userId, id, judge) {
      const keepsWayIn = await judge()
      const entry = await entries.get(id)
      if (entry?.owner !== userId) throw new AuthError('not_found')
      let mark: NonNullable<UserState['identities']>[string] | undefined
      const stored = await states.update(userId, ({ data }) => {
        if (!names(data, id)) return undefined
        const { [id]: going, ...identities } = data.identities ?? {}
        mark = going
        const left = { ...data, identities }
        if (!keepsWayIn(left)) throw new AuthError('last_way_in')
        return { data: left }
      })
      if (stored === undefined || mark === undefined) throw new AuthError('not_found')
      if (!(await judge())(stored.data)) {
        const kept = { [id]: mark }
        await states.update(userId, ({ data }) => ({ data: { ...data, identities: { ...data.identities, ...kept } } }))
        throw new AuthError('last_way_in')
      }
      await entries.take(id)
      return toIdentity(entry)
    },
  }
}

function names({ identities }: UserState, id: string): boolean {
  return identities !== undefined && Object.hasOwn(identities, id)
}

/** An identity without what only storage may know. */
export function toIdentity({ id, data }: Pick<Entry<IdentityData>, 'id' | 'data'>): Identity {
  const { provider, issuer, subject, name, createdAt, lastLoginAt } = data
  return { id, provider, issuer, subject, name: name ?? undefined, createdAt, lastLoginAt }
}
