/** As long as an outage asks clients to wait. */
const pauseMs = 2000

/**
 * The same question, asked once for all who want its answer at a time, and after a failure not again for two seconds:
 * until then everybody gets that failure. Anybody may make us ask, and an outage must not become a flood.
 */
export function paced<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asking: Promise<Value> | undefined
  let failed: { readonly error: unknown; readonly at: number } | undefined

  async function askNow(): Promise<Value> {
    try {
      return await ask()
    } catch (error) {
      failed = { error, at: performance.now() }
      throw error
    } finally {
      asking = undefined
    }
  }

  return async () => {
    if (failed !== undefined && performance.now() - failed.at < pauseMs) throw failed.error
    asking ??= askNow()
    return asking
  }
}
