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

/** What looks suspicious from all that happens. Everything is looked at after the answer, and changes none. */
export interface Suspicions {
  /** Emits an event, and what it gives rise to. */
  readonly emit: Emit
  /** A guess was wrong. */
  failed(guesser: Guesser): void
}

type Reactions = {
  readonly [Type in keyof EventDetails]?: (details: EventDetails[Type], from: Client) => Promise<void>
}

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs
const networkLifeMs = 90 * dayMs
const accountsOfSpraying = 10
const failuresBeforeWarning = 3 // One is a slip of the finger.

/** Suspicion, told once for each window; the user is told of what is theirs to judge (ASVS 6.3.5). */
export function createSuspicions(deps: SuspicionDeps): Suspicions {
  const { storage, now, emit, users, knownDevices, messenger, later } = deps
  const networks = collection<{ readonly seenAt: number }>('network', storage, now)

  async function countOf(what: string, who: string, windowMs: number): Promise<number> {
    return (await storage.increment(`suspicion:${what}:${sha256(who)}`, windowMs, 1, now())).count
  }

  async function notify(userId: string, notice: Notice, client: Client): Promise<void> {
    const user = messenger && (await users.find(userId))
    if (user !== undefined) messenger?.notify(user, notice, { at: now(), client })
  }

  /** Whether a user who has been seen elsewhere has never been seen in this network, or not for long. */
  async function isNew(userId: string, network: string): Promise<boolean> {
    const id = sha256(`${userId}\n${network}`)
    const entry = { id, owner: userId, expiresAt: now() + networkLifeMs, data: { seenAt: now() } }
    const seen = await networks.get(id)
    if (seen !== undefined) {
      if (now() - seen.data.seenAt > networkLifeMs / 10) await networks.replace(seen, entry)
      return false
    }
    const others = await networks.list({ owner: userId, limit: 1 })
    return (await networks.insert(entry)) && others.items.length > 0
  }

  const reactions: Reactions = {
    async 'unlock.failed'({ userId, lockedId, factor }, from) {
      if ((await countOf('second-factor', userId, dayMs)) !== failuresBeforeWarning) return
      emit('suspicion.second_factor', { userId, lockedId, factor }, from)
      await notify(userId, 'second_factor_failed', from)
    },

    async 'login.succeeded'({ userId, sessionId }, from) {
      const { network, known } = from
      // Whoever acts in a user's place is not the user.
      if (network === undefined || from.actorId !== undefined || !(await isNew(userId, network))) return
      emit('suspicion.new_network', { userId, sessionId }, from)
      const entry = known === undefined ? undefined : (await users.known(userId))?.entry
      if (entry === undefined || knownDevices.idOf(known, entry) === undefined)
        await notify(userId, 'new_network', from)
    },
  }

  return {
    emit(type, details, from) {
      emit(type, details, from)
      const react = reactions[type]
      if (react === undefined || from === undefined) return
      const client = clientIn(from)
      later(() => react(details, client))
    },

    failed({ purpose, account, network, device, from }) {
      const isPassword = purpose === 'password' || purpose.startsWith('provider:')
      if (network === undefined || device !== undefined || !isPassword) return
      const origin = from && clientIn(from)
      later(async () => {
        if ((await countOf('tried', `${network}\n${account}`, hourMs)) !== 1) return
        if ((await countOf('spraying', network, hourMs)) !== accountsOfSpraying) return
        emit('suspicion.spraying', { accounts: accountsOfSpraying, withinMs: hourMs }, origin)
      })
    },
  }
}

/** What an event's origin says of the client: what the web layer has read is more than an event tells. */
function clientIn(origin: Origin & Partial<Client>): Client {
  const { address, userAgent, actorId, network, known } = origin
  return { address, userAgent, actorId, network, known }
}
