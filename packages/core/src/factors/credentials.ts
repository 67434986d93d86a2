import { type Clock, type Collection, collection } from '../collection.ts'
import type { Entry, Storage } from '../storage.ts'
import type { UserEntry } from '../user-state.ts'
import type { FactorHolder } from './factor.ts'

/** What storage keeps of an enrolled factor, in entries of kind `credential`. */
export interface CredentialData<Own = unknown> {
  readonly factor: string
  /** The user's `factorEpoch` when it was enrolled: a reset of all factors is one write. */
  readonly epoch: string
  readonly name: string | null
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** What the factor itself keeps. */
  readonly own: Own
}

/** An enrolled factor, as its own code sees it. */
export interface Credential<Own> {
  readonly id: string
  readonly userId: string
  readonly own: Own
}

/** A credential that was found by its id, with its user's epochs as they were in the same moment. */
export interface FoundCredential<Own> extends Credential<Own> {
  readonly epochs: FactorHolder['epochs']
}

/** The credentials of one factor. They are stored and removed by core, which knows who may. */
export interface Credentials<Own> {
  list(holder: FactorHolder): Promise<readonly Credential<Own>[]>
  /** By id, whoever's it is: for a log-in that begins with the credential. In one round trip. */
  find(id: string): Promise<FoundCredential<Own> | undefined>
  /**
   * One use of a credential: `change` makes of it what is stored, or answers `undefined` when the evidence is spent. Asked
   * again when somebody was faster. `true` for one of many callers with the same evidence.
   */
  use(id: string, change: (own: Own) => Own | undefined): Promise<boolean>
}

/** The credentials of all factors. */
export interface CredentialStore {
  readonly entries: Collection<CredentialData>
  of<Own>(factor: string): Credentials<Own>
  /** What a user has enrolled, oldest first. */
  list(userId: string, factorEpoch: string): Promise<readonly Entry<CredentialData>[]>
}

const pageSize = 100

/** Credentials, of which those of an earlier `factorEpoch` do not exist. */
export function createCredentials(storage: Storage, now: Clock): CredentialStore {
  const entries = collection<CredentialData>('credential', storage, now)

  async function list(userId: string, factorEpoch: string): Promise<readonly Entry<CredentialData>[]> {
    const found: Entry<CredentialData>[] = []
    let cursor: string | undefined
    do {
      const page = await entries.list({ owner: userId, cursor, limit: pageSize })
      found.push(...page.items.filter(({ data }) => data.epoch === factorEpoch))
      cursor = page.next
    } while (cursor !== undefined)
    return found.sort((a, b) => a.data.createdAt - b.data.createdAt)
  }

  return {
    entries,
    list,

    of: <Own>(factor: string): Credentials<Own> => ({
      async list({ user, epochs }) {
        const all = await list(user.id, epochs.factors)
        return all.flatMap(({ id, data }) =>
          data.factor === factor ? { id, userId: user.id, own: data.own as Own } : [],
        )
      },

      async find(id) {
        const owned = await entries.getWithOwner(id)
        const owner = owned?.owner as UserEntry | undefined
        if (owned === undefined || owner === undefined) return undefined
        const { data } = owned.entry
        if (data.factor !== factor || data.epoch !== owner.data.factorEpoch) return undefined
        const epochs = { session: owner.data.epoch, factors: owner.data.factorEpoch }
        return { id, userId: owner.id, own: data.own as Own, epochs }
      },

      async use(id, change) {
        const stored = await entries.update(id, ({ data }) => {
          const own = data.factor === factor ? change(data.own as Own) : undefined
          return own === undefined ? undefined : { data: { ...data, own, lastUsedAt: now() } }
        })
        return stored !== undefined
      },
    }),
  }
}
