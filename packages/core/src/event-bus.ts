import type { Clock } from './collection.ts'
import { eventChannel } from './diagnostics.ts'
import type { AuthEvent, Emit, Origin } from './events.ts'

/** The events of one `createAuth`. */
export interface Events {
  readonly emit: Emit
  /** Calls the listener for every event from now on; the function it returns ends that. */
  on(listener: (event: AuthEvent) => void): () => void
}

const maxText = 512
/** Controls and invisible characters, which break a line of a log or show it as what it is not (ASVS 16.4.1). */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Reports faults, and never throws or rejects: where the report fails, both go to the console. */
export function createReporter(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    const lastResort = (failure: unknown) => console.error(failure, error)
    try {
      Promise.resolve(report(error) as unknown).catch(lastResort)
    } catch (failure) {
      lastResort(failure)
    }
  }
}

/** Events go to every listener, their texts printable and short; one that throws is reported to `onError` and disturbs nobody. */
export function createEvents(now: Clock, onError: (error: unknown) => void): Events {
  const listeners = new Set<(event: AuthEvent) => void>()

  return {
    emit(type, details, from) {
      if (listeners.size === 0 && !eventChannel.hasSubscribers) return
      const event = Object.freeze({ type, at: now(), ...printable({ ...describeOrigin(from), ...details }) })
      if (eventChannel.hasSubscribers) eventChannel.publish(event)
      for (const listener of listeners) {
        try {
          // A listener may be an async function: its rejection is as much ours to handle as a throw.
          Promise.resolve(listener(event as unknown as AuthEvent) as unknown).catch(onError)
        } catch (error) {
          onError(error)
        }
      }
    },

    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function describeOrigin(from: Origin | undefined): Origin {
  if (from === undefined) return {}
  const { address, userAgent, actorId, sessionId } = from
  return {
    address,
    userAgent,
    ...(actorId !== undefined && { actorId }),
    ...(sessionId !== undefined && { sessionId }),
  }
}

function printable(members: object): object {
  const show = (value: unknown): unknown => {
    if (Array.isArray(value)) return Object.freeze(value.map(show))
    return typeof value === 'string' ? value.slice(0, maxText).replace(unprintable, '\uFFFD') : value
  }
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, show(value)]))
}
