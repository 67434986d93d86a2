import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expiringMap } from '../src/expiring-map.ts'

const key = fc.constantFrom(...'abcdefghijkl')
const time = fc.oneof(fc.nat(30), fc.constant(null))
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, time }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constant('forget' as const), now: fc.nat(30) }),
)

it('forgets in the order of expiry, whatever went before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const model = new Map<string, number | null>()
      const map = expiringMap<{ time: number | null }>('things', 1000, (value) => value.time)
      for (const each of steps) {
        if (each.do === 'set') {
          model.set(each.key, each.time)
          map.set(each.key, { time: each.time }, 0)
        } else if (each.do === 'delete') {
          model.delete(each.key)
          map.delete(each.key)
        } else {
          const due = [...model].filter(([, at]) => at !== null && at <= each.now)
          const earliest = Math.min(...due.map(([, at]) => at ?? Infinity))
          const forgotten = map.forget(each.now)
          expect(forgotten?.time).toBe(due.length > 0 ? earliest : undefined)
          for (const [name] of due) if (map.get(name) === undefined) model.delete(name)
        }
        expect(map.size).toBe(model.size)
        for (const [name, at] of model) expect(map.get(name)?.time).toBe(at)
      }
    }),
    { numRuns: 300 },
  )
})
