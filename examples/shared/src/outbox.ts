import type { Deliver } from '@sallyport/core'
import type { Environment } from './environment.ts'
import { writeLetter } from './letters.ts'

/** A message that nobody was sent. */
export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** ISO 8601, in UTC. */
  readonly at: string
}

/** Keeps messages in place of sending them, for whoever tries the demo: everybody may read them. */
export interface Outbox {
  readonly deliver: Deliver
  /** The newest first. */
  letters(): readonly Letter[]
}

const maxLetters = 50

/** Opens an outbox, in memory. */
export function openOutbox(): Outbox {
  let kept: readonly Letter[] = []
  return {
    deliver(message) {
      const { subject, text } = writeLetter(message)
      kept = [{ to: message.to, subject, text, at: new Date().toISOString() }, ...kept].slice(0, maxLetters)
    },
    letters: () => kept,
  }
}

/**
 * Whether there may be one: with the demo's users alone, who are there in no production and for this machine only, and
 * where no address of the outside leads to it.
 */
export function mayKeepLetters({ isDemo, mail }: Environment, origin: string): boolean {
  return isDemo && mail === undefined && /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)
}
