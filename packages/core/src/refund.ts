/** One thing that is to be taken back. It may be tried more than once. */
export type Refund = () => Promise<unknown>

/** What was counted too much is taken back. */
export interface Refunds {
  /** Resolves when it is done, or after a moment. Never rejects. */
  give(refunds: readonly Refund[]): Promise<void>
}

// A refund that gets lost costs one attempt; it must not turn a right answer into an error, nor keep it waiting.
const patienceMs = 200
// A store may be away for a while, and its return is soon enough: windows are far longer.
const pauses = [200, 500, 1000, 2000, 5000, 15_000, 60_000]

/**
 * Tries again and again, since an outage must lock nobody out. Where a reply alone was lost, the same attempt is taken
 * back twice: one guess more, for somebody who was right or met an outage, and never for who was wrong.
 */
export function createRefunds(): Refunds {
  async function attempt(refunds: readonly Refund[], [pause, ...further]: readonly number[]): Promise<void> {
    const results = await Promise.allSettled(refunds.map((refund) => refund()))
    const lost = refunds.filter((_, i) => results[i]?.status === 'rejected')
    if (lost.length === 0 || pause === undefined) return
    setTimeout(() => void attempt(lost, further), pause).unref?.()
  }

  return {
    async give(refunds) {
      if (refunds.length === 0) return
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)))
      await Promise.race([attempt(refunds, pauses), patience])
      clearTimeout(timer)
    },
  }
}
