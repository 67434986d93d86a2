import { inRanges, type IpRange, parseAddress, parseRange } from '../address.ts'
import type { ApiTokenData } from '../api-token-entry.ts'
import type { Collection } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit, Origin } from '../events.ts'
import type { SessionData } from '../session-entry.ts'
import type { Entry } from '../storage.ts'
import { newApiTokenEpoch, newEpoch, type UserEntry, type UserStates } from '../user-state.ts'

/** What can be ended by what is known of it. */
export type RevocableKind = 'sessions' | 'apiTokens'

/** Which sessions and API tokens: all that is named must hold, and something must be named. */
export interface RevocationCondition {
  /** The id of their user. */
  readonly user?: string | undefined
  /** The address that they were issued to, or its network, as in `192.0.2.0/24`. */
  readonly address?: string | undefined
  /** Issued before this instant, in milliseconds since the epoch. */
  readonly issuedBefore?: number | undefined
  /** A text in the user agent that they were issued to; letters as they are. */
  readonly userAgent?: string | undefined
}

/** How a batch is run. */
export interface RevocationOptions {
  /** Sessions and API tokens by default. */
  readonly of?: readonly RevocableKind[] | undefined
  /** Ends nothing, and says what would be. */
  readonly dryRun?: boolean | undefined
  /** Where the batch before has ended. */
  readonly cursor?: string | undefined
  /** How many are looked at, 1 to 500: 250 by default. */
  readonly limit?: number | undefined
}

/** A session or an API token that meets a condition. */
export interface Revocable {
  readonly kind: RevocableKind
  readonly id: string
  readonly userId: string
  readonly createdAt: number
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** What one batch has come to. Without `next` it was the last. */
export interface RevocationBatch {
  readonly examined: number
  readonly matched: number
  readonly revoked: number
  /** The first ten that matched. */
  readonly sample: readonly Revocable[]
  readonly next?: string | undefined
}

/** How a batch for everyone is run. */
export interface EveryoneOptions {
  /** Ends the API tokens too; `false` by default. */
  readonly apiTokens?: boolean | undefined
  readonly cursor?: string | undefined
  /** How many users, 1 to 500: 100 by default. */
  readonly limit?: number | undefined
}

/** How many users one batch for everyone has reached. Without `next` it was the last. */
export interface EveryoneBatch {
  readonly users: number
  readonly next?: string | undefined
}

/** Ends what many users have, in batches of bounded work. For an operator: nobody is asked who they are. */
export interface Revocations {
  /**
   * One batch of those that meet a condition. After the last, whatever met it when the first began is dead; what was issued
   * meanwhile may live. Throws `invalid_request` for no condition.
   */
  byCondition(condition: RevocationCondition, options?: RevocationOptions, by?: Origin): Promise<RevocationBatch>
  /**
   * One batch of all users: a new epoch for each, and with it the end of every session, locked token and link. After the
   * last, whatever was issued before the first began is dead. Interrupted, it goes on from the last cursor; begun anew, it
   * also ends what was issued since. `except` passes over one user.
   */
  everyone(options?: EveryoneOptions & { readonly except?: string | undefined }, by?: Origin): Promise<EveryoneBatch>
}

/** What revocations reach. */
export interface RevocationDeps {
  readonly emit: Emit
  readonly states: UserStates
  readonly sessions: { readonly entries: Collection<SessionData> }
  readonly apiTokens: { readonly entries: Collection<ApiTokenData> }
}

type Issued = Pick<SessionData, 'epoch' | 'createdAt'> & {
  readonly address?: string | null | undefined
  readonly userAgent?: string | null | undefined
}

const width = 8
const sampleSize = 10
const kinds: readonly RevocableKind[] = ['sessions', 'apiTokens']

/** Revocations over a store. */
export function createRevocations({ emit, states, sessions, apiTokens }: RevocationDeps): Revocations {
  const entriesOf = { sessions: sessions.entries, apiTokens: apiTokens.entries } as {
    readonly [Kind in RevocableKind]: Collection<Issued>
  }
  const epochOf = ({ data }: UserEntry, kind: RevocableKind) => (kind === 'sessions' ? data.epoch : data.apiTokenEpoch)

  /** Whether it still lives: what a user's epoch has ended is no match, and nothing to end. */
  async function isAlive(kind: RevocableKind, id: string): Promise<boolean> {
    const owned = await entriesOf[kind].getWithOwner(id)
    const owner = owned?.owner as UserEntry | undefined
    return owned !== undefined && owner !== undefined && epochOf(owner, kind) === owned.entry.data.epoch
  }

  async function end(kind: RevocableKind, { id, owner }: Entry<Issued>, by: Origin | undefined): Promise<boolean> {
    if ((await entriesOf[kind].take(id)) === undefined) return false
    const userId = owner ?? ''
    if (kind === 'sessions') emit('session.ended', { userId, sessionId: id, reason: 'revoked' }, by)
    else emit('api_token.revoked', { userId, apiTokenId: id }, by)
    return true
  }

  return {
    async byCondition(condition, { of = kinds, dryRun = false, cursor, limit } = {}, by) {
      const matches = judgeOf(condition)
      const { kind, after } = readCursor(of, cursor)
      const scope = condition.user === undefined ? { prefix: '' } : { owner: condition.user }
      const page = await entriesOf[kind].list({ ...scope, cursor: after, limit: readLimit(limit, 250) })
      const found: Entry<Issued>[] = []
      let revoked = 0
      await eachOf(page.items.filter(matches), async (entry) => {
        if (!(await isAlive(kind, entry.id))) return
        found.push(entry)
        if (!dryRun && (await end(kind, entry, by))) revoked++
      })
      const following = of[of.indexOf(kind) + 1]
      return {
        examined: page.items.length,
        matched: found.length,
        revoked,
        sample: found.slice(0, sampleSize).map((entry) => toRevocable(kind, entry)),
        next: page.next === undefined ? following && `${following}:` : `${kind}:${page.next}`,
      }
    },

    async everyone({ apiTokens: withTokens = false, cursor, limit, except } = {}, by) {
      const page = await states.list({ prefix: '', cursor, limit: readLimit(limit, 100) })
      const users = page.items.filter(({ id }) => id !== except)
      await eachOf(users, async ({ id: userId }) => {
        const fresh = { ...newEpoch(), ...(withTokens && newApiTokenEpoch()) }
        if ((await states.update(userId, ({ data }) => ({ data: { ...data, ...fresh } }))) === undefined) return
        emit('sessions.revoked', { userId, reason: 'all' }, by)
        if (withTokens) emit('api_tokens.revoked', { userId }, by)
      })
      return { users: users.length, next: page.next }
    },
  }
}

function judgeOf({ user, address, issuedBefore, userAgent }: RevocationCondition): (entry: Entry<Issued>) => boolean {
  if (user === undefined && address === undefined && issuedBefore === undefined && userAgent === undefined)
    throw refused('Name at least one of `user`, `address`, `issuedBefore` and `userAgent`.')
  if (user === '' || userAgent === '' || (issuedBefore !== undefined && !Number.isFinite(issuedBefore)))
    throw refused('A condition is empty.')
  const range = address === undefined ? undefined : parseRange(address)
  if (address !== undefined && range === undefined) throw refused('`address` is no address and no network.')
  return ({ owner, data }) =>
    (user === undefined || owner === user) &&
    (issuedBefore === undefined || data.createdAt < issuedBefore) &&
    (userAgent === undefined || data.userAgent?.includes(userAgent) === true) &&
    (range === undefined || isWithin(data.address, range))
}

function isWithin(address: string | null | undefined, range: IpRange): boolean {
  const parsed = typeof address === 'string' ? parseAddress(address) : undefined
  return parsed !== undefined && inRanges(parsed, [range])
}

/** Which kind comes next, and where in it. */
function readCursor(
  of: readonly RevocableKind[],
  cursor: string | undefined,
): { readonly kind: RevocableKind; readonly after: string | undefined } {
  const [first] = of
  if (first === undefined || !of.every((kind) => kinds.includes(kind)))
    throw refused('`of` names neither sessions nor API tokens.')
  if (cursor === undefined) return { kind: first, after: undefined }
  const kind = of.find((one) => cursor.startsWith(`${one}:`))
  if (kind === undefined) throw refused('`cursor` is none that a batch ended with.')
  return { kind, after: cursor.slice(kind.length + 1) || undefined }
}

function readLimit(limit: number | undefined, usual: number): number {
  const wanted = limit ?? usual
  if (Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= 500) return wanted
  throw refused('`limit` must be a whole number from 1 to 500.')
}

/** Runs something for each item, a few at a time. */
async function eachOf<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  const work = async () => {
    for (const item of queue) await run(item)
  }
  await Promise.all(Array.from({ length: width }, work))
}

function toRevocable(kind: RevocableKind, { id, owner, data }: Entry<Issued>): Revocable {
  const { createdAt, address, userAgent } = data
  return { kind, id, userId: owner ?? '', createdAt, address: address ?? undefined, userAgent: userAgent ?? undefined }
}

function refused(detail: string): AuthError {
  return new AuthError('invalid_request', { detail })
}
