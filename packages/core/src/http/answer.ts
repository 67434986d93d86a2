import type { Locked, Unlocked } from '../sign-in.ts'
import { assuranceOf } from '../session.ts'
import type { RouteDeps } from './deps.ts'
import { assuranceJson, iso, sessionJson, userJson } from './json.ts'
import { json, type Reply } from './reply.ts'

/**
 * The answer to a log-in, an unlock or a renewal. A new token goes back by the transport of the old one: as a cookie
 * it is not in the body, so that a page can't read it out of a cookie session.
 */
export function answerWithToken(
  deps: RouteDeps,
  result: Unlocked | Locked,
  byCookie: boolean,
  remember: boolean,
): Reply {
  if (!byCookie) return json(200, { ...resultJson(result), token: result.token.reveal() })
  return json(200, resultJson(result), [tokenCookie(deps, result, remember)])
}

/** The cookie that carries a new token. */
export function tokenCookie({ jar, now }: RouteDeps, result: Unlocked | Locked, remember: boolean): string {
  const expiresAt = result.status === 'unlocked' ? result.session.expiresAt : result.expiresAt
  return jar.write(result.token.reveal(), remember ? expiresAt - now() : undefined)
}

function resultJson(result: Unlocked | Locked): Record<string, unknown> {
  if (result.status === 'locked') {
    return { status: 'locked', factors: result.factors, expiresAt: iso(result.expiresAt) }
  }
  const { user, permissions, session } = result
  return {
    status: 'unlocked',
    user: userJson(user),
    permissions,
    session: sessionJson(session),
    assurance: assuranceJson(assuranceOf(session)),
  }
}
