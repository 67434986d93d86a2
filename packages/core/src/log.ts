import { failures } from './audit-record.ts'
import type { AuthEvent } from './events.ts'
import { loggable } from './log-error.ts'

/** What writes lines of a log: pino is one, and so is everything with its three levels. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What is out of order on our side, and not somebody who is refused. */
const outages: ReadonlySet<AuthEvent['type']> = new Set(['storage.failed', 'provider.failed', 'delivery.failed'])

/**
 * The settings that write every event and every fault to a logger: `createAuth({ ...logTo(pino()), … })`. An outage is an
 * error, what did not come about a warning, everything else information; the message begins with the event's type. Of a fault the logger
 * gets name, message, code and stack, and those of its causes: what a driver keeps in its errors may be secret.
 */
export function logTo(logger: Logger): {
  readonly onEvent: (event: AuthEvent) => void
  readonly onError: (error: unknown) => void
} {
  return {
    onEvent(event) {
      const level = outages.has(event.type) ? 'error' : failures.has(event.type) ? 'warn' : 'info'
      logger[level](event, messageOf(event))
    },
    // `err` is the name under which pino and its kin write an error with its stack.
    onError: (error) => logger.error({ err: loggable(error) }, 'fault'),
  }
}

function messageOf(event: AuthEvent): string {
  if (event.type !== 'request.refused' || event.code !== 'cross_site_request' || !event.pageOrigin) return event.type
  return `${event.type}: the browser came from ${event.pageOrigin}, and \`origin\` is ${event.origin}`
}
