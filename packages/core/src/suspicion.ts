import type { Client } from './client.ts'
import { type Clock, collection } from './collection.ts'
import type { Emit, EventDetails, Origin } from './events.ts'
import { sha256 } from './hash.ts'
import type { KnownDevices } from './known-device.ts'
import type { Messenger, Notice } from './message.ts'
import type { Storage } from './storage.ts'
import type { Guesser } from './throttle.ts'
import type { UserLookup } from './user.ts'

/** What suspicion rests on. */
export interface SuspicionDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly users: UserLookup
  readonly knownDevices: KnownDevices
  readonly messenger: Messenger | undefined
  readonly later: (task: () => Promise<unknown>) => void
}

/** What looks suspicious from all that happens. It changes no answer, and keeps none waiting for more than a moment. */
export interface Suspicions {
  /** Emits an event, and what it gives rise to. */
  readonly emit: Emit
  /** A guess was wrong. */
  failed(guesser: Guesser): Promise<void>
  /** A session has begun. */
  entered(login: EventDetails['suspicion.new_network'], client: Client): Promise<void>
}

const patienceMs = 200
const hourMs = 60 * 60_000
const dayMs = 24 * hourMs
const networkLifeMs = 90 * dayMs
const accountsOfSpraying = 10
const failuresBeforeWarning = 3 // One is a slip of the finger.

/** Suspicion, told once for each window; the user is told of what is theirs to judge (ASVS 6.3.5). */
export function createSuspicions(deps: SuspicionDeps): Suspicions {
  const { storage, now, emit, users, knownDevices, messenger, later } = deps
  const networks = collection<{ readonly seenAt: number }>('network', storage, now)

  async function countOf(what: string, who: string, windowMs: number, by = 1): Promise<number> {
    return (await storage.increment(`suspicion:${what}:${sha256(who)}`, windowMs, by, now())).count
  }

  async function notify(userId: string, notice: Notice, client: Client): Promise<void> {
    const user = messenger && (await users.find(userId))
    if (user !== undefined) messenger?.notify(user, notice, { at: now(), client })
  }

  /** Whether a user who has been seen elsewhere has never been seen in this network, or not for long. */
  async function isNew(userId: string, network: string): Promise<boolean> {
    const prefix = `${sha256(userId)}.`
    const entry = {
      id: prefix + sha256(network),
      owner: null,
      expiresAt: now() + networkLifeMs,
      data: { seenAt: now() },
    }
    const seen = await networks.get(entry.id)
    if (seen !== undefined) {
      if (now() - seen.data.seenAt > networkLifeMs / 10) await networks.replace(seen, entry)
      return false
    }
    const others = await networks.list({ prefix, limit: 50 })
    return (await networks.insert(entry)) && others.items.length > 0
  }

  async function warn({ userId, lockedId, factor }: EventDetails['unlock.failed'], from: Client): Promise<void> {
    if ((await countOf('second-factor', userId, dayMs)) !== failuresBeforeWarning) return
    emit('suspicion.second_factor', { userId, lockedId, factor }, from)
    await notify(userId, 'second_factor_failed', from)
  }

  /** Begins at once, so that it is done with the answer; a store that takes its time keeps nobody waiting. */
  async function promptly(task: () => Promise<unknown>): Promise<void> {
    const work = task().catch((error: unknown) => later(() => Promise.reject(error)))
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        later(() => work as Promise<unknown>)
        resolve()
      }, patienceMs)
    })
    await Promise.race([work, patience])
    clearTimeout(timer)
  }

  return {
    emit(type, details, from) {
      emit(type, details, from)
      if (type !== 'unlock.failed' || from === undefined) return
      const client = clientIn(from)
      later(() => warn(details as EventDetails['unlock.failed'], client))
    },

    async failed({ purpose, account, network, device, from }) {
      const isPassword = purpose === 'password' || purpose.startsWith('provider:')
      if (network === undefined || device !== undefined || !isPassword) return
      await promptly(async () => {
        const isFirst = (await countOf('tried', `${network}\n${account}`, hourMs)) === 1
        // As many round trips whoever it was.
        const accounts = await countOf('spraying', network, hourMs, isFirst ? 1 : 0)
        if (!isFirst || accounts !== accountsOfSpraying) return
        emit('suspicion.spraying', { accounts, withinMs: hourMs }, from && clientIn(from))
      })
    },

    async entered({ userId, sessionId }, client) {
      const { network, known, actorId } = client
      // Whoever acts in a user's place is not the user.
      if (network === undefined || actorId !== undefined) return
      await promptly(async () => {
        if (!(await isNew(userId, network))) return
        emit('suspicion.new_network', { userId, sessionId }, client)
        const entry = known === undefined ? undefined : (await users.known(userId))?.entry
        const isKnown = entry !== undefined && knownDevices.idOf(known, entry) !== undefined
        if (!isKnown) await notify(userId, 'new_network', client)
      })
    },
  }
}

/** What an event's origin says of the client: what the web layer has read is more than an event tells. */
function clientIn(origin: Origin & Partial<Client>): Client {
  const { address, userAgent, actorId, network, known } = origin
  return { address, userAgent, actorId, network, known }
}
