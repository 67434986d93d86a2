import { describe, expect, test } from 'vitest'
import { createHashingQueue } from '../src/factors/hashing-queue.ts'

const turn = () => new Promise((resolve) => setTimeout(resolve, 0))

/** Enters many times; `states` tells what became of each. */
function crowd(queue: ReturnType<typeof createHashingQueue>, count: number, network: string | undefined) {
  const states: ('waiting' | 'in' | 'refused')[] = Array.from({ length: count }, () => 'waiting')
  const leave: (() => void)[] = []
  const errors: unknown[] = []
  for (let i = 0; i < count; i++) {
    queue.enter(network).then(
      (out) => {
        states[i] = 'in'
        leave.push(out)
      },
      (error: unknown) => {
        states[i] = 'refused'
        errors.push(error)
      },
    )
  }
  const number = (state: (typeof states)[number]) => states.filter((each) => each === state).length
  return { states, leave, errors, number }
}

describe('ASVS 15.4.4: the hashing queue', () => {
  test('lets in as many as hash at once, and the others in their order', async () => {
    const queue = createHashingQueue({ concurrency: 2, capacity: 80 })
    const all = crowd(queue, 6, undefined)
    await turn()
    expect(all.states).toEqual(['in', 'in', 'waiting', 'waiting', 'waiting', 'waiting'])
    all.leave[1]?.()
    await turn()
    expect(all.states).toEqual(['in', 'in', 'in', 'waiting', 'waiting', 'waiting'])
    for (let i = 0; i < 6; i++) {
      all.leave[i]?.()
      await turn()
    }
    expect(all.number('in')).toBe(6)
  })

  test('a place that is given back twice is given back once', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 80 })
    const out = await queue.enter(undefined)
    const waiting = crowd(queue, 3, undefined)
    out()
    out()
    out()
    await turn()
    expect(waiting.number('in')).toBe(1)
  })

  test('one network holds at most an eighth of the places, and leaves the others to everybody else', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 80 })
    const out = await queue.enter(undefined)
    const flood = crowd(queue, 100, '203.0.113.7')
    const others = crowd(queue, 10, '203.0.113.8')
    await turn()
    expect([flood.number('waiting'), flood.number('refused')]).toEqual([10, 90])
    expect(others.number('waiting')).toBe(10)
    expect(flood.errors[0]).toMatchObject({ code: 'unavailable', status: 503, retryAfterMs: 1000 })
    out()
  })

  test('what has been let in frees its share', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 8 })
    const out = await queue.enter('a')
    const [second, third] = [crowd(queue, 1, 'a'), crowd(queue, 1, 'a')]
    await turn()
    expect([second.number('waiting'), third.number('refused')]).toEqual([1, 1])
    out()
    await turn()
    const fourth = crowd(queue, 1, 'a')
    await turn()
    expect([second.number('in'), fourth.number('waiting')]).toEqual([1, 1])
  })

  test('is bounded for all together', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 16 })
    await queue.enter(undefined)
    const all = crowd(queue, 40, undefined)
    await turn()
    expect([all.number('waiting'), all.number('refused')]).toEqual([16, 24])
  })

  test('a client that leaves gives its place up, and the next one moves up', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 8 })
    const out = await queue.enter('a')
    const client = new AbortController()
    const gone = queue.enter('a', client.signal)
    client.abort()
    await expect(gone).rejects.toMatchObject({ code: 'unavailable' })
    const next = crowd(queue, 1, 'a')
    await turn()
    expect(next.states).toEqual(['waiting'])
    out()
    await turn()
    expect(next.states).toEqual(['in'])
  })

  test('a client that has left is not let in, even when there is room', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 8 })
    await expect(queue.enter('a', AbortSignal.abort())).rejects.toMatchObject({ code: 'unavailable' })
    await queue.enter('a')
  })

  test('a client that leaves after it was let in disturbs nobody who waits', async () => {
    const queue = createHashingQueue({ concurrency: 1, capacity: 80 })
    const out = await queue.enter(undefined)
    const client = new AbortController()
    const inside = queue.enter('a', client.signal)
    out()
    const leave = await inside
    const waiting = crowd(queue, 3, 'b')
    client.abort()
    await turn()
    expect(waiting.number('waiting')).toBe(3)
    leave()
    await turn()
    expect(waiting.number('in')).toBe(1)
  })

  test('thousands that come and go leave nothing behind', async () => {
    const queue = createHashingQueue({ concurrency: 3, capacity: 64 })
    let most = 0
    let inside = 0
    const visit = async (i: number) => {
      const client = new AbortController()
      if (i % 3 === 0) setTimeout(() => client.abort(), i % 5)
      const leave = await queue.enter(`network-${i % 7}`, client.signal)
      most = Math.max(most, ++inside)
      await turn()
      inside--
      leave()
    }
    for (let round = 0; round < 25; round++) await Promise.allSettled(Array.from({ length: 100 }, (_, i) => visit(i)))
    expect([inside, most]).toEqual([0, 3])
    const places = await Promise.all([queue.enter('x'), queue.enter('x'), queue.enter('x')])
    expect(places.length).toBe(3)
  })
})
