import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import type { ProviderLoginRequest, ProviderLoginStarted } from '../providers.ts'
import { answerWithToken, deviceCookies } from './answer.ts'
import { tokenCookie } from './cookies.ts'
import { flag, text } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { empty, json, type Reply, seeOther } from './reply.ts'
import type { Route, RouteRequest } from './route.ts'

const start = v.object({
  returnTo: v.optional(text(2048)),
  challenge: v.optional(text(64)),
  state: v.optional(text(512)),
  remember: v.optional(flag),
  returnToken: v.optional(flag),
  username: v.optional(text(1024)),
  password: v.optional(text(4096)),
})
const exchange = v.object({
  code: text(256),
  verifier: v.optional(text(128)),
  provider: v.optional(text(64)),
  returnTo: v.optional(text(2048)),
})

/** Log-ins at identity providers; a user's own identities are elsewhere. */
export function providerRoutes(deps: RouteDeps): readonly Route[] {
  const { auth, jar } = deps
  const { providers } = auth

  async function begin(request: RouteRequest, wanted: ProviderLoginRequest): Promise<ProviderLoginStarted> {
    return providers.start(idOf(request), { ...wanted, browser: request.browser }, request.client)
  }

  const browserCookie = ({ browser, lifetimeMs }: ProviderLoginStarted) =>
    jar.writeBrowser(browser.reveal(), lifetimeMs)

  async function endReplaced(request: RouteRequest): Promise<void> {
    if (request.cookie !== undefined) await auth.end(request.cookie, 'replaced', request.client)
  }

  /** A person is sent back to where they came from, a program is told what was wrong. */
  function refuse(request: RouteRequest, error: AuthError, returnTo: string, isCallback: boolean): Reply {
    if (isCallback || request.isNavigation) return seeOther(returnTo)
    throw error
  }

  /** What a person can do nothing about brings them to the front page, rather than to a page of JSON. */
  async function orFrontPage(request: RouteRequest, handle: () => Promise<Reply>): Promise<Reply> {
    try {
      return await handle()
    } catch (error) {
      const isTold = error instanceof AuthError && (error.code === 'invalid_code' || error.code === 'unavailable')
      if (!isTold) throw error
      return refuse(request, error, `/?error=${error.code}`, false)
    }
  }

  return [
    {
      method: 'GET',
      path: '/providers',
      handle: async () => json(200, { items: await providers.list() }),
    },
    {
      method: 'GET',
      path: '/login/:provider',
      async handle(request) {
        const [returnTo, challenge, state] = ['returnTo', 'challenge', 'state'].map((name) => request.query(name))
        return orFrontPage(request, async () => {
          const started = await begin(request, { returnTo, challenge, state })
          return seeOther(started.redirectTo, [browserCookie(started)])
        })
      },
    },
    {
      method: 'POST',
      path: '/login/:provider',
      takes: start,
      async handle(request) {
        const { username, password, remember = true, returnToken = false, ...wanted } = await request.body(start)
        if (username === undefined || password === undefined) {
          const started = await begin(request, { ...wanted, remember })
          return json(200, { redirectTo: started.redirectTo }, [browserCookie(started)])
        }
        const result = await providers.logIn(idOf(request), { username, password }, { ...request.client, remember })
        if (!returnToken) await endReplaced(request)
        return answerWithToken(deps, result, !returnToken, remember)
      },
    },
    {
      method: 'GET',
      path: '/callback/:provider',
      async handle(request) {
        return orFrontPage(request, async () => {
          const from = { ...request.client, sessionId: await sessionIn(request) }
          const finished = await providers.finish(idOf(request), request.fields(), request.browser, from)
          if (finished.status === 'refused') {
            return refuse(request, finished.error, finished.returnTo, finished.isCallback)
          }
          const { result, returnTo, remember } = finished
          if (result === undefined) return seeOther(returnTo)
          await endReplaced(request)
          return seeOther(returnTo, [tokenCookie(deps, result, remember), ...deviceCookies(deps, result)])
        })
      },
    },
    {
      method: 'POST',
      path: '/callback/:provider',
      isOpen: true,
      async handle(request) {
        return orFrontPage(request, async () => {
          const handle = await providers.hold(idOf(request), await request.form(), request.client)
          return seeOther(`${deps.publicPath}/callback/${idOf(request)}?handle=${handle}`)
        })
      },
    },
    {
      method: 'POST',
      path: '/backchannel-logout/:provider',
      isOpen: true,
      async handle(request) {
        try {
          await providers.endSessions(idOf(request), await request.form(), request.client)
        } catch (error) {
          // OpenID Connect Back-Channel Logout §2.8: what is not valid is 400.
          if (!(error instanceof AuthError && error.code === 'provider_refused')) throw error
          throw new AuthError('invalid_request', { detail: 'The logout token is not valid.', cause: error })
        }
        return empty(200)
      },
    },
    {
      method: 'GET',
      path: '/saml/:provider/metadata',
      async handle(request) {
        const { contentType, body } = await providers.metadata(idOf(request))
        const { headers } = empty(200)
        return { status: 200, headers: [['Content-Type', contentType], ...headers], body }
      },
    },
    {
      method: 'POST',
      path: '/exchange',
      takes: exchange,
      isOpen: true,
      async handle(request) {
        const result = await providers.exchange(await request.body(exchange), request.client)
        return answerWithToken(deps, result, false, true)
      },
    },
  ]
}

/** The session that the browser has, if it has one. */
async function sessionIn(request: RouteRequest): Promise<string | undefined> {
  const resolution = await request.resolve()
  return resolution.status === 'unlocked' ? resolution.principal.session?.id : undefined
}

function idOf(request: RouteRequest): string {
  return request.params.provider ?? ''
}
