import type { Transports } from '../../transport.ts'
import type { Described } from './described.ts'
import type { JsonSchema } from './json-schema.ts'
import { callers } from './operation.ts'

/** Where a token may stand here. */
export interface TokenPlaces {
  readonly cookieName: string
  readonly transports: Transports
}

/** The places as security schemes. */
export function schemesOf({ cookieName, transports }: TokenPlaces): Readonly<Record<string, JsonSchema>> {
  const { parameter, query, bearer } = transports
  const which = query === 'api-tokens-only' ? 'An API token.' : 'Any token. The server takes it out of the URL.'
  return {
    cookie: { type: 'apiKey', in: 'cookie', name: cookieName, description: 'A session or a locked token.' },
    ...(query !== false && { query: { type: 'apiKey', in: 'query', name: parameter, description: which } }),
    ...(bearer && { bearer: { type: 'http', scheme: 'bearer', description: 'Any token.' } }),
  }
}

/** Which of them a route reads. */
export function securityOf({ operation, route }: Described, { transports }: TokenPlaces): readonly JsonSchema[] {
  const { bears } = callers[operation.caller]
  if (bears === 'nothing') return []
  // An API token is good for one route of ours alone.
  const takesApiTokens = route.method === 'GET' && route.path === '/session'
  const byQuery = transports.query === true || (transports.query !== false && takesApiTokens)
  const ways = ['cookie', ...(byQuery ? ['query'] : []), ...(transports.bearer ? ['bearer'] : [])]
  return [...(bears === 'maybe' ? [{}] : []), ...ways.map((way) => ({ [way]: [] }))]
}
