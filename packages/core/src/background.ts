import type { Clock } from './collection.ts'

const tidyEveryMs = 10 * 60_000
const tidyAgainMs = 5000

/** How much is tidied up at a time. */
export const tidyLimit = 1000

/** Work that nobody waits for. */
export interface Background {
  /** Runs a task after the present turn of the event loop, so that the answer leaves first. A failure is reported. */
  later(task: () => Promise<unknown>): void
  /** Resolves when everything that was begun is done. */
  settled(): Promise<void>
}

/**
 * Background work whose failures go to `onError`. Every ten minutes of work it also tidies up, so that what has expired
 * is forgotten without a timer that would keep a process alive; while there is more than it does at a time (`tidy` says how
 * much it was), every five seconds.
 */
export function createBackground(
  now: Clock,
  tidy: () => Promise<number>,
  onError: (error: unknown) => void,
  waitUntil: (work: Promise<unknown>) => void = () => {},
): Background {
  const running = new Set<Promise<void>>()
  let tidyAt = now() + tidyEveryMs

  function run(task: () => Promise<unknown>): void {
    const work = new Promise<void>((resolve) => setTimeout(resolve, 0))
      .then(task)
      .catch(onError)
      .then(() => void running.delete(work))
    running.add(work)
    waitUntil(work)
  }

  return {
    later(task) {
      run(task)
      if (now() < tidyAt) return
      tidyAt = now() + tidyEveryMs
      run(async () => {
        if ((await tidy()) >= tidyLimit) tidyAt = now() + tidyAgainMs
      })
    },

    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
