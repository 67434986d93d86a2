import type { Entry, Storage } from '@sallyport/core'
import { type Broken, broken, later } from './tools.ts'

function sweepingInTwoSteps(sound: Storage): Partial<Storage> {
  const expiries = new Map<string, Entry>()
  const seen = (entry: Entry): void => void expiries.set(`${entry.kind}\n${entry.id}`, entry)
  return {
    insert: async (entry, now) => {
      const won = await sound.insert(entry, now)
      if (won) seen(entry)
      return won
    },
    replace: async (entry, now) => {
      const won = await sound.replace(entry, now)
      if (won) seen(entry)
      return won
    },
    sweep: async (limit, now) => {
      const due = [...expiries.values()]
        .filter(({ expiresAt }) => expiresAt !== null && expiresAt < now)
        .slice(0, limit)
      await later()
      let count = 0
      for (const { kind, id } of due) {
        expiries.delete(`${kind}\n${id}`)
        if (await sound.take(kind, id)) count++
      }
      return count
    },
  }
}

export const onSweeps: readonly Broken[] = [
  broken('sweep forgets nothing', 'sweep: forgets', () => ({ sweep: async () => 0 })),
  broken('sweep is never done', 'sweep: forgets', (sound) => ({
    sweep: async (limit, now) => Math.max(limit, await sound.sweep(limit, now)),
  })),
  broken('sweep has no limit', 'sweep: forgets', (sound) => ({ sweep: (_limit, now) => sound.sweep(1_000_000, now) })),
  broken('sweep stops early', 'sweep: forgets', (sound) => ({
    sweep: async (limit, now) => (limit > 1 ? sound.sweep(limit - 1, now) : sound.sweep(limit, now)),
  })),
  broken('sweep forgets what expires soon', 'sweep: what is live', (sound) => ({
    sweep: (limit, now) => sound.sweep(limit, now + 60_000),
  })),
  broken('sweep goes by a former expiry', 'by the present expiry', (sound) => {
    const first = new Map<string, Entry>()
    return {
      insert: async (entry, now) => {
        const won = await sound.insert(entry, now)
        if (won) first.set(entry.id, entry)
        return won
      },
      sweep: async (limit, now) => {
        let count = 0
        for (const { kind, id, expiresAt } of first.values()) {
          if (count >= limit || expiresAt === null || expiresAt > now) continue
          first.delete(id)
          if (await sound.take(kind, id)) count++
        }
        return count
      },
    }
  }),
  broken('sweep looks, then removes', 'prolonged in time is not swept', (sound) => sweepingInTwoSteps(sound)),
  broken('sweep removes the successor of what it saw', 'inserts over an expired', (sound) => sweepingInTwoSteps(sound)),
]
