import type { Redis, Send } from './redis.ts'

/** How many replicas must have a write before it counts, and for how long to wait for them. */
export interface Wait {
  readonly replicas: number
  readonly timeoutMs: number
}

/** The ways in which one call of the storage may send commands. After its deadline each of them rejects. */
export interface Calls {
  /** For what does no harm when it is done twice. */
  readonly send: Send
  readonly sendOnce: Send
  /** `sendOnce`, and it has reached the replicas that were asked for. */
  readonly commit: Send
  /** The deadline, on the clock of `performance.now()`. */
  readonly until: number
}

/** Does the work of one call, and rejects once the deadline has passed; no further command is sent then. */
export function bounded<T>(
  redis: Redis,
  deadlineMs: number,
  wait: Wait | undefined,
  work: (calls: Calls) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(tooLate(deadlineMs))
    }, deadlineMs)
    const inTime =
      (send: Send): Send =>
      (key, command) => {
        if (late) return Promise.reject(tooLate(deadlineMs))
        const ready = redis.ready()
        return ready === undefined ? send(key, command) : ready.then(() => inTime(send)(key, command))
      }
    const until = performance.now() + deadlineMs
    const commit = wait === undefined ? redis.sendOnce : replicated(redis, wait)
    work({ send: inTime(redis.send), sendOnce: inTime(redis.sendOnce), commit: inTime(commit), until }).then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

function tooLate(deadlineMs: number): Error {
  return new Error(`Redis did not answer within ${deadlineMs} ms.`)
}

/** A write that resolves only once enough replicas have it. */
function replicated(redis: Redis, { replicas, timeoutMs }: Wait): Send {
  return async (key, command) => {
    // WAIT speaks of what its own connection has written: a reconnected one could be to a replica that lacks it.
    const attempt = () => redis.sendTwo(key, command, ['WAIT', String(replicas), String(timeoutMs)])
    const [reply, acknowledged] = await attempt().catch(async (error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('MOVED'))) throw error
      // Two commands at once are not redirected. A single one is, and the client learns the way from it.
      await redis.send(key, ['EXISTS', key])
      return attempt()
    })
    if (Number(acknowledged) >= replicas) return reply
    throw new Error(`Of ${replicas} replicas ${Number(acknowledged)} had the write after ${timeoutMs} ms.`)
  }
}
