import { AuthError } from '../errors.ts'

/** How much hashing goes on at once, and how much may wait. */
export interface HashingLimits {
  /** Hashes at one time. Each takes a thread of the pool of four, so 3 leaves one free. */
  readonly concurrency: number
  /** Places to wait. One network holds at most an eighth of them. */
  readonly capacity: number
}

/** Admission to password hashing, first come first served. */
export interface HashingQueue {
  /**
   * Resolves when there is room, to the function that gives the place back. Rejects with `unavailable` when the
   * queue, or the network's share of it, is full, and when the client has left.
   */
  enter(network: string | undefined, departed?: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly network: string | undefined
  readonly admit: () => void
}

/** A bounded queue, so that a storm of log-ins slows log-ins and nothing else. */
export function createHashingQueue({ concurrency, capacity }: HashingLimits): HashingQueue {
  const waiting: Waiting[] = []
  let running = 0
  const share = Math.max(1, Math.floor(capacity / 8))

  function leave(): void {
    running--
    waiting.shift()?.admit()
  }

  /** A place that can be given back once. */
  function place(): () => void {
    running++
    let held = true
    return () => {
      if (held) leave()
      held = false
    }
  }

  return {
    async enter(network, departed) {
      if (departed?.aborted) throw left()
      if (running < concurrency) return place()
      const held = network === undefined ? 0 : waiting.filter((other) => other.network === network).length
      if (waiting.length >= capacity || held >= share) {
        throw new AuthError('unavailable', { detail: 'Too many log-ins at once.', retryAfterMs: 1000 })
      }
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          network,
          admit: () => {
            departed?.removeEventListener('abort', depart)
            resolve(place())
          },
        }
        const depart = () => {
          waiting.splice(waiting.indexOf(entry), 1)
          reject(left())
        }
        departed?.addEventListener('abort', depart, { once: true })
        waiting.push(entry)
      })
    },
  }
}

function left(): AuthError {
  return new AuthError('unavailable', { detail: 'The client has left.' })
}
