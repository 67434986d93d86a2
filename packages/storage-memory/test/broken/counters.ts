import type { Count, Storage } from '@sallyport/core'
import { type Broken, broken, later } from './tools.ts'

/** Counters of its own, by a rule of its own. */
function counting(
  rule: (present: Count | undefined, windowMs: number, by: number, now: number) => Count,
): Partial<Storage> {
  const counters = new Map<string, Count>()
  return {
    increment: async (name, windowMs, by, now) => {
      const count = rule(counters.get(name), windowMs, by, now)
      counters.set(name, count)
      return count
    },
  }
}

const isOpen = (present: Count | undefined, now: number): present is Count =>
  present !== undefined && now < present.resetAt

export const onCounters: readonly Broken[] = [
  broken('the window slides', 'in a window that the first', () =>
    counting((present, windowMs, by, now) => ({
      count: Math.max(0, (isOpen(present, now) ? present.count : 0) + by),
      resetAt: by > 0 ? now + windowMs : (present?.resetAt ?? now),
    })),
  ),
  broken('the window never ends', 'at resetAt a new window', () =>
    counting((present, windowMs, by, now) => ({
      count: Math.max(0, (present?.count ?? 0) + by),
      resetAt: present?.resetAt ?? now + windowMs,
    })),
  ),
  broken('the window is a millisecond too long', 'at resetAt a new window', () =>
    counting((present, windowMs, by, now) =>
      present && now <= present.resetAt
        ? { count: Math.max(0, present.count + by), resetAt: present.resetAt }
        : { count: Math.max(0, by), resetAt: by > 0 ? now + windowMs : now },
    ),
  ),
  broken('windows start at full minutes', 'in a window that the first', () =>
    counting((present, windowMs, by, now) =>
      isOpen(present, now)
        ? { count: Math.max(0, present.count + by), resetAt: present.resetAt }
        : { count: Math.max(0, by), resetAt: Math.ceil((now + 1) / windowMs) * windowMs },
    ),
  ),
  broken('a read starts a window', 'by 0 reads', () =>
    counting((present, windowMs, by, now) =>
      isOpen(present, now)
        ? { count: Math.max(0, present.count + by), resetAt: present.resetAt }
        : { count: Math.max(0, by), resetAt: now + windowMs },
    ),
  ),
  broken('counts below 0', 'by −1 refunds', () =>
    counting((present, windowMs, by, now) =>
      isOpen(present, now)
        ? { count: present.count + by, resetAt: present.resetAt }
        : { count: Math.max(0, by), resetAt: by > 0 ? now + windowMs : now },
    ),
  ),
  broken('at 0 the window is forgotten', 'by −1 refunds', () =>
    counting((present, windowMs, by, now) => {
      const open = isOpen(present, now) && present.count > 0
      const count = Math.max(0, (open ? present.count : 0) + by)
      return { count, resetAt: open ? present.resetAt : count > 0 ? now + windowMs : now }
    }),
  ),
  broken('only ever by one', 'by other numbers', (sound) => ({
    increment: (name, windowMs, by, now) => sound.increment(name, windowMs, Math.sign(by), now),
  })),
  broken('reads, then writes', '50 increments are counted', () => {
    const counters = new Map<string, Count>()
    return {
      increment: async (name, windowMs, by, now) => {
        const present = counters.get(name)
        await later()
        const open = isOpen(present, now) ? present : { count: 0, resetAt: now + windowMs }
        const count = { count: Math.max(0, open.count + by), resetAt: open.resetAt }
        if (by > 0 || open === present) counters.set(name, count)
        return count
      },
    }
  }),
  broken('writes, then reads', '50 increments are counted', (sound) => ({
    increment: async (name, windowMs, by, now) => {
      await sound.increment(name, windowMs, by, now)
      await later()
      return sound.increment(name, windowMs, 0, now)
    },
  })),
  broken('two start a window', '50 increments are counted', (sound) => ({
    increment: async (name, windowMs, by, now) => {
      const { count, resetAt } = await sound.increment(name, windowMs, 0, now)
      await later()
      if (count === 0 && by > 0)
        return { count: (await sound.increment(name, windowMs, by, now)).count && by, resetAt: now + windowMs }
      return count === 0 ? { count, resetAt } : sound.increment(name, windowMs, by, now)
    },
  })),
  broken('refunds below 0 in a race', 'never lead below 0', () => {
    const counters = new Map<string, { count: number; resetAt: number }>()
    return {
      increment: async (name, windowMs, by, now) => {
        const counter = counters.get(name) ?? { count: 0, resetAt: now + windowMs }
        counters.set(name, counter)
        if (counter.count + by < 0) return { ...counter }
        await later()
        counter.count += by
        return { ...counter }
      },
    }
  }),
  broken('goes by its own clock', 'in a window that the first', (sound) => ({
    increment: (name, windowMs, by) => sound.increment(name, windowMs, by, Date.now() + Math.random() * 2000),
  })),
  broken('a clock that went back starts anew', 'clocks that differ', (sound) => ({
    increment: (name, windowMs, by, now) => sound.increment(`${name} ${Math.floor(now / 1000)}`, windowMs, by, now),
  })),
  broken('names without case and spaces', 'names that look alike', (sound) => ({
    increment: (name, windowMs, by, now) => sound.increment(name.trim().toLowerCase(), windowMs, by, now),
  })),
  broken('counters expire by the store’s clock at once', 'own clock forgets nothing', () =>
    counting((present, windowMs, by, now) =>
      isOpen(present, Date.now()) ? { ...present, count: present.count + by } : { count: by, resetAt: now + windowMs },
    ),
  ),
]
