import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import type { Identity } from '../federated-identity.ts'
import { sessionOf } from '../issuer.ts'
import type { DirectCredentials, ProviderLoginStarted } from '../providers.ts'
import { answerWithToken } from './answer.ts'
import { text } from './body.ts'
import { changingSession } from './change.ts'
import type { RouteDeps } from './deps.ts'
import { iso } from './json.ts'
import { empty, json, type Reply } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

const wanted = v.object({
  returnTo: v.optional(text(2048)),
  username: v.optional(text(1024)),
  password: v.optional(text(4096)),
})

/** The identities of a user, and what a provider does for a session that is there: linking, renewal, logging out. */
export function identityRoutes(deps: RouteDeps): readonly Route[] {
  const { auth, jar } = deps
  const { providers, identities } = auth

  const started = ({ redirectTo, browser, lifetimeMs }: ProviderLoginStarted): Reply =>
    json(200, { redirectTo }, [jar.writeBrowser(browser.reveal(), lifetimeMs)])

  return [
    {
      method: 'GET',
      path: '/identities',
      async handle(request) {
        const { user } = await request.session()
        return json(200, { items: (await identities.list(user.id)).map(identityJson) })
      },
    },
    {
      method: 'POST',
      path: '/identities/:provider/link',
      takes: wanted,
      async handle(request) {
        const { returnTo, ...rest } = await request.body(wanted)
        const principal = await changingSession(deps, request)
        const id = request.params.provider ?? ''
        const credentials = credentialsIn(rest)
        if (credentials !== undefined) {
          return json(200, {
            identity: identityJson(await identities.link(principal, id, credentials, request.client)),
          })
        }
        // The browser comes back with its cookies and with nothing else, and must be the one that has asked.
        if (!isByCookie(request)) throw cookieOnly()
        const { browser, client } = request
        return started(await providers.startLink(principal, id, { returnTo, browser }, client))
      },
    },
    {
      method: 'DELETE',
      path: '/identities/:id',
      async handle(request) {
        const principal = await changingSession(deps, request)
        await identities.unlink(principal, request.params.id ?? '', sessionOf(principal).id, request.client)
        return empty(204)
      },
    },
    {
      method: 'POST',
      path: '/reauthenticate/:provider',
      takes: wanted,
      async handle(request) {
        const { returnTo, ...rest } = await request.body(wanted)
        const principal = await request.session()
        const id = request.params.provider ?? ''
        const credentials = credentialsIn(rest)
        const byCookie = isByCookie(request)
        if (credentials !== undefined) {
          const result = await providers.reauthenticate(principal, id, credentials, request.client)
          return answerWithToken(deps, result, byCookie, result.session.remember)
        }
        // The new token comes with a redirect, which can set a cookie and nothing else.
        if (!byCookie) throw cookieOnly()
        const { browser, client } = request
        return started(await providers.startReauthentication(principal, id, { returnTo, browser }, client))
      },
    },
    {
      method: 'POST',
      path: '/logout/provider',
      isForImpersonators: true,
      async handle(request) {
        const principal = await request.session()
        // Ours first: whatever the provider says, the user is logged out here.
        const redirect = await providers.startLogout(principal).catch(() => undefined)
        const credential = request.credential()
        if (credential !== undefined) await auth.end(credential.token, 'logout', request.client)
        const cookies = isByCookie(request) ? [jar.clear()] : []
        return redirect === undefined ? empty(204, cookies) : json(200, { redirectTo: redirect }, cookies)
      },
    },
  ]
}

function cookieOnly(): AuthError {
  return new AuthError('invalid_request', { detail: 'This works for a session in a cookie only.' })
}

function isByCookie(request: RouteRequest): boolean {
  return request.credential()?.transport === 'cookie'
}

function credentialsIn({
  username,
  password,
}: Partial<Record<'username' | 'password', string | undefined>>): DirectCredentials | undefined {
  return username === undefined || password === undefined ? undefined : { username, password }
}

function identityJson({
  id,
  provider,
  issuer,
  subject,
  name,
  createdAt,
  lastLoginAt,
}: Identity): Record<string, unknown> {
  return { id, provider, issuer, subject, name: name ?? null, createdAt: iso(createdAt), lastLoginAt: iso(lastLoginAt) }
}
