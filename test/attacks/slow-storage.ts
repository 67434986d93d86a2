import type { Storage } from '@sallyport/core'
import { interceptStorage } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'

/**
 * Storage in memory with the latency of a real one: what is asked at once happens in any order, and between a read and the
 * write that rests on it there is time for everybody else.
 */
export function slowStorage(storage: Storage = memoryStorage()): Storage {
  const wait = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
  return interceptStorage(storage, async (_, run) => {
    await wait()
    const result = await run()
    await wait()
    return result
  })
}

/** How often each thing is in a list. */
export function tally(list: readonly (string | number | undefined)[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const item of list) counts[String(item)] = (counts[String(item)] ?? 0) + 1
  return counts
}

/** Does something so many times at once. */
export function together<Result>(times: number, act: (i: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: times }, (_, i) => act(i)))
}
