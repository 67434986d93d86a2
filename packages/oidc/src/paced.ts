const pauseMs = 1000

/**
 * The same question, asked once for all who want its answer at a time, and a second after it failed at the earliest: who
 * comes before that waits. Anybody may make us ask, so an outage must not become a flood, nor outlast itself.
 */
export function paced<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asking: Promise<Value> | undefined
  let failedAt = Number.NEGATIVE_INFINITY

  async function askInTime(): Promise<Value> {
    const waitMs = failedAt + pauseMs - performance.now()
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
    try {
      return await ask()
    } catch (error) {
      failedAt = performance.now()
      throw error
    } finally {
      asking = undefined
    }
  }

  return () => (asking ??= askInTime())
}
