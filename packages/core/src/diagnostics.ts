import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/** What is published of each piece of work. None of it is a secret, a token, an id or an address. */
export interface Work {
  /** An answer of a route of ours. */
  request: { readonly method: string; readonly route: string | undefined; status?: number }
  /** A token that is resolved to a principal. */
  authenticate: { status?: 'unlocked' | 'locked' | 'refused' | 'anonymous'; code?: string }
  /** One call of the storage. */
  storage: { readonly operation: string; readonly kind: string | undefined }
  /** A password that is hashed or verified, or waits for its turn. */
  password: { readonly operation: 'wait' | 'hash' | 'verify' }
  /** What a provider is asked, and what its answer leads to. */
  provider: { readonly provider: string }
}

/** One piece of work, from its start to its end. */
export type WorkMessage<Name extends keyof Work = keyof Work> = Work[Name] & {
  /** Set by a subscriber of `start`: runs the work, so that what it does is known to belong to it. */
  within?: (<Result>(work: () => Result) => Result) | undefined
  /** Why it failed; there at `error` and after it. */
  readonly error?: unknown
}

/** The channel on which every event is published, as `onEvent` hears it: `sallyport.event`. */
export const eventChannel: ReturnType<typeof channel> = channel('sallyport.event')

const open = (name: keyof Work): TracingChannel<unknown, object> => tracingChannel(`sallyport.${name}`)

/** The tracing channels, by name: `tracing:sallyport.request:start` and the like. */
export const workChannels: { readonly [Name in keyof Work]: TracingChannel<unknown, object> } = {
  request: open('request'),
  authenticate: open('authenticate'),
  storage: open('storage'),
  password: open('password'),
  provider: open('provider'),
}

/** Whether anybody wants to know of this work: asked first, it makes what nobody watches cost nothing. */
export function isWatched(name: keyof Work): boolean {
  const { start, end, asyncStart, asyncEnd, error } = workChannels[name]
  // Each by itself: Bun does not tell it of all together.
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}

/** Does the work, and publishes its start and its end; what came out only as far as `describe` tells it. */
export async function watched<Name extends keyof Work, Result>(
  name: Name,
  message: Work[Name],
  work: () => Promise<Result>,
  describe?: (result: Result) => Partial<Work[Name]>,
): Promise<Result> {
  let result: Result | undefined
  const published: WorkMessage<Name> = { ...message }
  // What it resolves to would be published: an entry with its hashes, a principal.
  await workChannels[name].tracePromise(async () => {
    const { within } = published
    result = await (within === undefined ? work() : within(work))
    Object.assign(published, describe?.(result))
  }, published)
  return result as Result
}
