import type { Locked, LockedState, Unlocked } from '../sign-in.ts'
import { assuranceOf } from '../session-entry.ts'
import { tokenCookie } from './cookies.ts'
import type { RouteDeps } from './deps.ts'
import { assuranceJson, iso, sessionJson, userJson } from './json.ts'
import { json, type Reply } from './reply.ts'
import type { RouteRequest } from './route.ts'

/**
 * The answer to a log-in, an unlock or a renewal. A new token goes back by the transport of the old one: as a cookie
 * it is not in the body, so that a page can't read it out of a cookie session.
 */
export function answerWithToken(
  deps: RouteDeps,
  result: Unlocked | Locked,
  byCookie: boolean,
  remember: boolean,
  more: Record<string, unknown> = {},
): Reply {
  const body = { ...resultJson(result), ...more }
  if (!byCookie) return json(200, { ...body, token: result.token.reveal() })
  return json(200, body, [tokenCookie(deps, result, remember), ...deviceCookies(deps, result)])
}

/** What the second door, or a changed factor, answers with: whether the browser keeps the cookie is as it was. */
export function answerAsBefore(
  deps: RouteDeps,
  result: Unlocked | Locked,
  request: Pick<RouteRequest, 'credential'>,
  more: Record<string, unknown> = {},
): Reply {
  const remember = result.status === 'locked' ? result.remember : result.session.remember
  const byCookie = request.credential()?.transport === 'cookie'
  return answerWithToken(deps, result, byCookie, remember, more)
}

/** A device is trusted and known by a cookie or not at all: who asks for tokens in the body keeps none for later. */
export function deviceCookies({ jar, now }: RouteDeps, result: Unlocked | Locked): readonly string[] {
  if (result.status === 'locked') return []
  const { device, marker } = result
  return [
    ...(device === undefined ? [] : [jar.writeDevice(device.token.reveal(), device.expiresAt - now())]),
    ...(marker === undefined ? [] : [jar.writeKnown(marker.value.reveal(), marker.lifetimeMs)]),
  ]
}

/** What a locked token may still do. */
export function lockedJson({ factors, enrol, needsTicket, expiresAt }: LockedState): Record<string, unknown> {
  const enrolment = enrol.length === 0 ? {} : { enrol, needsTicket }
  return { status: 'locked', factors, ...enrolment, expiresAt: iso(expiresAt) }
}

function resultJson(result: Unlocked | Locked): Record<string, unknown> {
  if (result.status === 'locked') return lockedJson(result)
  const { user, permissions, session } = result
  return {
    status: 'unlocked',
    user: userJson(user),
    permissions,
    session: sessionJson(session),
    assurance: assuranceJson(assuranceOf(session)),
  }
}
