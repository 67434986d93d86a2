import { type ChainLine, createChain, type LineKind } from './audit-chain.ts'
import type { AuditTrail, RecordedEvent } from './audit-trail.ts'
import type { Clock } from './collection.ts'
import { randomText } from './token.ts'

/** What is exported: everything without it. Instants are milliseconds since the epoch. */
export interface AuditExport {
  /** The events of one user. */
  readonly userId?: string | undefined
  /** From then on. */
  readonly since?: number | undefined
  /** Before then. */
  readonly until?: number | undefined
}

/** What a checkpoint says, under its signature: how many events stand before it, and whether it is the end. */
export interface Checkpoint {
  readonly events: number
  readonly end: boolean
}

const pageSize = 500
const eventsPerCheckpoint = 1000

/** The trail as lines, newest first: one that says what it is, the events, a checkpoint after every thousand and at the end. */
export async function* exportAudit(
  list: AuditTrail['list'],
  secret: string,
  now: Clock,
  { userId, since = -Infinity, until = Infinity }: AuditExport,
): AsyncGenerator<string, void, undefined> {
  const chain = createChain(secret)
  let last: Pick<ChainLine, 'number' | 'proof'> = { number: -1, proof: '' }
  let events = 0
  const next = (kind: LineKind, body: unknown): string => {
    const written = chain.write({ number: last.number + 1, previous: last.proof, kind }, body)
    last = written
    return written.line
  }
  const checkpoint = (end: boolean): string => next('checkpoint', { events, end } satisfies Checkpoint)

  yield next('export', { format: 'sallyport-audit-1', id: randomText(16), at: instant(now()), ...bounds() })
  for await (const event of eventsOf()) {
    yield next('event', eventJson(event))
    events++
    if (events % eventsPerCheckpoint === 0) yield checkpoint(false)
  }
  yield checkpoint(true)

  function bounds(): object {
    return {
      ...(userId !== undefined && { userId }),
      ...(Number.isFinite(since) && { since: instant(since) }),
      ...(Number.isFinite(until) && { until: instant(until) }),
    }
  }

  async function* eventsOf(): AsyncGenerator<RecordedEvent, void, undefined> {
    let cursor: string | undefined
    do {
      const page = await list({ userId, cursor, limit: pageSize })
      for (const event of page.items) {
        if (event.at < since) return
        if (event.at < until) yield event
      }
      cursor = page.next
    } while (cursor !== undefined)
  }
}

/** An event with its instants in ISO 8601, in UTC. */
export function eventJson(event: RecordedEvent): Record<string, unknown> {
  const members: [string, unknown][] = Object.entries(event)
  const isInstant = (name: string) => name === 'at' || name.endsWith('At')
  return Object.fromEntries(
    members.map(([name, value]) => [name, isInstant(name) && typeof value === 'number' ? instant(value) : value]),
  )
}

function instant(at: number): string {
  return new Date(at).toISOString()
}
