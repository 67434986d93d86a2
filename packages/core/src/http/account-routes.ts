import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import { flag, text } from './body.ts'
import { changingSession } from './change.ts'
import type { RouteDeps } from './deps.ts'
import { iso, userJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Route } from './route.ts'

const registration = v.object({
  username: v.optional(text(1024)),
  password: v.optional(text(4096)),
  email: v.optional(text(1024)),
  displayName: v.optional(text(200)),
})
const forgotten = v.object({ username: v.optional(text(1024)), email: v.optional(text(1024)) })
const reset = v.object({ token: text(256), password: text(4096), revokeApiTokens: v.optional(flag, false) })
const confirmation = v.object({ flow: text(256), code: text(32), password: text(4096) })
const proof = v.object({ token: v.optional(text(256)), code: v.optional(text(32)) })
const newEmail = v.object({ email: text(1024) })

/** Registration, forgotten passwords, addresses. A link is followed by POST alone. */
export function accountRoutes(deps: RouteDeps): readonly Route[] {
  const { auth } = deps
  return [
    {
      method: 'POST',
      path: '/register',
      takes: registration,
      async handle(request) {
        const wanted = await request.body(registration)
        if (deps.registersByCode) {
          const { flow, expiresAt } = await auth.account.beginRegistration(wanted, request.client)
          return json(202, { status: 'pending', flow: flow.reveal(), expiresAt: iso(expiresAt) })
        }
        const user = await auth.account.register(wanted, request.client)
        return user === undefined ? json(202, { status: 'pending' }) : json(201, { user: userJson(user) })
      },
    },
    {
      method: 'POST',
      path: '/register/confirm',
      takes: confirmation,
      async handle(request) {
        const user = await auth.account.confirmRegistration(await request.body(confirmation), request.client)
        return json(201, { user: userJson(user) })
      },
    },
    {
      method: 'POST',
      path: '/password/forgot',
      takes: forgotten,
      async handle(request) {
        const { username, email } = await request.body(forgotten)
        const login = username ?? email
        if (login === undefined) throw new AuthError('invalid_request', { detail: 'Send `username` or `email`.' })
        await auth.account.forgotPassword(login, request.client)
        return empty(202)
      },
    },
    {
      method: 'POST',
      path: '/password/reset',
      takes: reset,
      async handle(request) {
        await auth.account.resetPassword(await request.body(reset), request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/email/verify',
      takes: proof,
      async handle(request) {
        const { token, code } = await request.body(proof)
        if (token !== undefined) await auth.emails.verify(token, request.client)
        else await auth.emails.verifyByCode(await request.session(), required(code), request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/email/verify/send',
      async handle(request) {
        await auth.emails.sendVerification((await request.session()).user.id, request.client)
        return empty(202)
      },
    },
    {
      method: 'POST',
      path: '/email/change',
      takes: newEmail,
      async handle(request) {
        const { email } = await request.body(newEmail)
        await auth.emails.change(await changingSession(deps, request), email, request.client)
        return empty(202)
      },
    },
    {
      method: 'POST',
      path: '/email/change/confirm',
      takes: proof,
      async handle(request) {
        const { token, code } = await request.body(proof)
        const principal = await changingSession(deps, request)
        if (token !== undefined) await auth.emails.confirmChange(principal, token, request.client)
        else await auth.emails.confirmChangeByCode(principal, required(code), request.client)
        return empty(204)
      },
    },
  ]
}

function required(code: string | undefined): string {
  if (code === undefined) throw new AuthError('invalid_request', { detail: 'Send `token` or `code`.' })
  return code
}
