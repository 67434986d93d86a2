import type { Resolution } from '../principal.ts'
import type { Transports } from '../transport.ts'
import type { Credential } from './credentials.ts'
import { parameters, readTarget, type RequestView } from './view.ts'

/** Whether the token of a session stands in the query where only API tokens may. */
export function isMisplaced({ transport }: Credential, kind: string | undefined, { query }: Transports): boolean {
  return transport === 'query' && query === 'api-tokens-only' && (kind === 'session' || kind === 'locked')
}

/** What to say of a token that stands where none is accepted. */
export const misplaced = 'Only API tokens are accepted in the query here; send the token of a session as a cookie.'

/** Why a request that seems to bear a token is nobody's here: it stands where none is read. `undefined` when there is none. */
export function hintOf({ status }: Resolution, view: RequestView, transports: Transports): string | undefined {
  if (status !== 'anonymous') return undefined
  const { bearer, query, parameter } = transports
  if (!bearer && view.header('authorization') !== undefined) {
    const elsewhere = query === false ? 'as a cookie' : 'as a cookie or as the query parameter'
    return `The Authorization header is not read here; send the token ${elsewhere}.`
  }
  if (query !== false || parameters(readTarget(view.url).query, parameter).length === 0) return undefined
  const elsewhere = bearer ? 'as a cookie or as `Authorization: Bearer`' : 'as a cookie'
  return `Tokens are not read from the query here; send the token ${elsewhere}.`
}
