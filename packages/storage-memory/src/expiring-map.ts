/** A map of bounded size whose values expire. One that is live is never forgotten to make room for another. */
export interface ExpiringMap<Value> {
  readonly size: number
  get(key: string): Value | undefined
  keys(): Iterable<string>
  /** Throws if there is no room: if the key is new, the map is full, and nothing in it has expired by `now`. */
  set(key: string, value: Value, now: number): void
  delete(key: string): void
  /** Removes one value that has expired by `now`, and returns it. */
  forget(now: number): Value | undefined
}

/**
 * The order of expiry is a binary heap of keys. What is deleted, or expires at another time by now, leaves its key behind:
 * it is passed over, and the heap is built anew when more than half of it is such keys.
 */
export function expiringMap<Value>(
  name: string,
  limit: number,
  expiryOf: (value: Value) => number | null,
  onForget: (value: Value) => void = () => {},
): ExpiringMap<Value> {
  const values = new Map<string, Value>()
  let keys: string[] = []
  let times: number[] = []

  function rise(key: string, time: number, from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      const parentTime = times[parent] as number
      if (parentTime <= time) break
      keys[index] = keys[parent] as string
      times[index] = parentTime
      index = parent
    }
    keys[index] = key
    times[index] = time
  }

  function sink(key: string, time: number): void {
    let index = 0
    for (let child = 1; child < keys.length; child = 2 * index + 1) {
      if (child + 1 < keys.length && (times[child + 1] as number) < (times[child] as number)) child++
      if ((times[child] as number) >= time) break
      keys[index] = keys[child] as string
      times[index] = times[child] as number
      index = child
    }
    keys[index] = key
    times[index] = time
  }

  function rebuild(): void {
    keys = []
    times = []
    for (const [key, value] of values) {
      const time = expiryOf(value)
      if (time !== null) rise(key, time, keys.length)
    }
  }

  function forget(now: number): Value | undefined {
    while (keys.length > 0 && (times[0] as number) <= now) {
      const [key, time] = [keys[0] as string, times[0]]
      const [lastKey, lastTime] = [keys.pop() as string, times.pop() as number]
      if (keys.length > 0) sink(lastKey, lastTime)
      const value = values.get(key)
      if (value === undefined || expiryOf(value) !== time) continue
      values.delete(key)
      onForget(value)
      return value
    }
    return undefined
  }

  return {
    get size() {
      return values.size
    },
    get: (key) => values.get(key),
    keys: () => values.keys(),
    set: (key, value, now) => {
      const present = values.get(key)
      if (present === undefined && values.size >= limit && forget(now) === undefined) {
        throw new Error(`The memory storage holds ${limit} live ${name}, which is all that it may hold.`)
      }
      values.set(key, value)
      const time = expiryOf(value)
      if (time === null || (present !== undefined && expiryOf(present) === time)) return
      rise(key, time, keys.length)
      if (keys.length > 2 * values.size + 64) rebuild()
    },
    delete: (key) => {
      values.delete(key)
    },
    forget,
  }
}
