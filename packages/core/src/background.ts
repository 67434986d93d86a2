/** Work that nobody waits for. */
export interface Background {
  /** Runs a task after the present turn of the event loop, so that the answer leaves first. A failure is reported. */
  later(task: () => Promise<unknown>): void
  /** Resolves when everything that was begun is done. */
  settled(): Promise<void>
}

/** Background work whose failures go to `onError`. */
export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>()

  return {
    later(task) {
      const work = new Promise<void>((resolve) => setTimeout(resolve, 0))
        .then(task)
        .catch(onError)
        .then(() => void running.delete(work))
      running.add(work)
    },

    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
