/** A command and its arguments. */
export type Command = readonly string[]

/** Sends a command to the master that has the key, and follows redirections. */
export type Send = (key: string, command: Command) => Promise<unknown>

/** What the store asks of a client. */
export interface Redis {
  readonly isCluster: boolean
  /** The client may send the command again when the connection was lost: for what does no harm when it is done twice. */
  readonly send: Send
  /** The command is done at most once; when that can't be told of the reply, it rejects. */
  readonly sendOnce: Send
  /** `sendOnce`, and another command right behind it on the same connection. */
  sendTwo(key: string, first: Command, second: Command): Promise<readonly [unknown, unknown]>
  /** What INFO says on each master. */
  info(): Promise<readonly string[]>
  /** What to await before a command is sent, lest it stay in a queue and be done after its caller has given up. */
  ready(): Promise<void> | undefined
  /** Takes back what was attached to the client. */
  detach(): void
}

/** Counts how often a connection was lost, to reject the replies to what the client may have sent again. */
export interface Losses {
  readonly certain: <T>(reply: Promise<T>) => Promise<T>
  readonly detach: () => void
}

/** The text of a reply, `undefined` for nil. The application may have set its client to give bytes. */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply
  if (reply === null || reply === undefined) return undefined
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  throw new Error('The reply of Redis is not a text.')
}

/** What is heard of a client's events. */
export interface Emitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/**
 * After a lost connection some clients send unanswered commands again. A `take` that was done twice would answer "not
 * there" to the very caller who got it, so that its reply counts for nothing.
 */
export function losses(client: Emitter, events: readonly string[]): Losses {
  let count = 0
  const lost = (): void => void count++
  for (const event of events) client.on(event, lost)
  return {
    certain(reply) {
      const before = count
      return reply.then((value) => {
        if (count !== before)
          throw new Error('The connection to Redis was lost: whether the command was done is unknown.')
        return value
      })
    },
    detach() {
      for (const event of events) client.off(event, lost)
    },
  }
}
