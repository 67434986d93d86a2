import { type Clock, collection } from './collection.ts'
import { type Counter, delayOf } from './guess-limits.ts'
import type { Refund } from './refund.ts'
import type { Storage } from './storage.ts'

/** What storage keeps of a wait: until when it lasts, and how many there were before it. */
interface WaitData {
  readonly until: number
  readonly level: number
}

/** Who has got through, and how to open the way again when that was no failure; or until when they have to wait. */
export type Passage = { readonly reopen: Refund } | { readonly until: number }

/** Waits, each longer than the one before. They are told by entries and not by counters: those count what is refused, too. */
export interface Waits {
  /** Until when nobody may guess; `undefined` when somebody may. Costs no write. */
  until(counter: Counter): Promise<number | undefined>
  /** Of many callers one gets through, and all others wait from now on. */
  pass(counter: Counter): Promise<Passage>
  /** The next wait is a first one. */
  forget(counter: Counter): Promise<unknown>
}

/** The waits of a store. One is forgotten when nobody has come through for as long as the counter's window. */
export function createWaits(storage: Storage, now: Clock): Waits {
  const waits = collection<WaitData>('wait', storage, now)

  async function until({ name }: Counter): Promise<number | undefined> {
    const wait = (await waits.get(name))?.data
    return wait !== undefined && wait.until > now() ? wait.until : undefined
  }

  return {
    until,

    async pass(counter) {
      const { name, windowMs, backOff } = counter
      if (backOff === undefined) return { reopen: async () => {} }
      const before = await waits.get(name)
      if (before !== undefined && before.data.until > now()) return { until: before.data.until }
      const level = before === undefined ? 0 : before.data.level + 1
      const data: WaitData = { until: now() + delayOf(backOff, level), level }
      const expiresAt = now() + Math.max(windowMs, backOff.toMs)
      const stored =
        before === undefined
          ? await waits.insert({ id: name, owner: null, expiresAt, data })
          : (await waits.replace(before, { data, expiresAt })) !== undefined
      if (!stored) return { until: (await until(counter)) ?? now() }
      const reopen = () =>
        waits.update(name, (wait) =>
          wait.data.until === data.until ? { data: { until: 0, level: level - 1 } } : undefined,
        )
      return { reopen }
    },

    forget: ({ name }) => waits.take(name),
  }
}
