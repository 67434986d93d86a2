import * as v from 'valibot'
import { answerWithToken } from './answer.ts'
import { flag, text } from './body.ts'
import { changingSession } from './change.ts'
import type { RouteDeps } from './deps.ts'
import type { Route } from './route.ts'

const change = v.object({
  current: text(4096),
  password: text(4096),
  revokeOthers: v.optional(flag, true),
  revokeApiTokens: v.optional(flag, false),
})

/** Password change: answers with a new session for the caller. */
export function passwordRoutes(deps: RouteDeps): readonly Route[] {
  const { auth } = deps
  return [
    {
      method: 'POST',
      path: '/password/change',
      takes: change,
      async handle(request) {
        const { current, password, ...ends } = await request.body(change)
        const principal = await changingSession(deps, request)
        const result = await auth.passwords.change(principal, { current, password, ...ends }, request.client)
        return answerWithToken(deps, result, request.credential()?.transport === 'cookie', result.session.remember)
      },
    },
  ]
}
