import type { AuditExport } from './audit-export.ts'
import type { AuditTrail } from './audit-trail.ts'
import type { AuditVerdict } from './audit-verify.ts'
import type { Clock } from './collection.ts'

/** The audit trail, taken elsewhere. */
export interface Audit {
  /**
   * The events, newest first, as lines of JSON (without line ends) that `verifyAudit` judges: each proves those before it
   * by an HMAC-SHA-256, and checkpoints are signed. Throws `not_found` where the setting `audit` keeps none.
   */
  export(options?: AuditExport): AsyncIterable<string>
}

/** The export of a trail, whose code is loaded with the first use. The newest value of `secret` signs it. */
export function createAudit(trail: AuditTrail, secrets: string | readonly string[] | undefined, now: Clock): Audit {
  const newest = typeof secrets === 'string' ? secrets : (secrets?.[0] ?? '')
  return {
    async *export(options = {}) {
      const { exportAudit } = await import('./audit-export.ts')
      yield* exportAudit(trail.list, newest, now, options)
    },
  }
}

/**
 * Judges the lines of an export by every value that `secret` had: finds what was changed, removed, inserted, moved or cut
 * off, and says up to which signed checkpoint all is whole. Throws `invalid_setting` for a secret that is none.
 */
export async function verifyAudit(
  lines: Iterable<string> | AsyncIterable<string>,
  secrets: string | readonly string[],
): Promise<AuditVerdict> {
  const { verifyLines } = await import('./audit-verify.ts')
  return verifyLines(lines, secrets)
}
