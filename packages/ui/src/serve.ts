import { AuthError, type Reply, type RequestView, type Visit } from '@sallyport/core'
import { readForm, readQuery } from '@sallyport/core/pages'
import { confirmation, errorPage } from './areas/confirm.ts'
import type { Assets } from './assets.ts'
import { createFrame } from './look/frame.ts'
import type { ServePage } from './page-visit.ts'
import { type Person, personOf, personWith } from './person.ts'
import { document, json, redirect } from './reply.ts'
import { isInPlace, type PageRequest, type Site } from './request.ts'
import { type Match, pathOfPage, type Route } from './routing.ts'
import { linkParameter } from './link-pages.ts'
import type { Outcome } from './outcome.ts'
import type { Speaker } from './texts.ts'

/** What serves the pages. */
export interface ServeDeps {
  readonly site: Site
  readonly assets: Assets
  readonly routes: readonly Route[]
  readonly match: (method: string, path: string) => Match
  readonly speaker: Speaker
}

/** What somebody is refused for who is in no longer, or was not. */
const outside: ReadonlySet<string> = new Set([
  'unauthenticated',
  'invalid_token',
  'expired_token',
  'session_required',
  'locked_token_expired',
])

/** Answers requests to pages: finds the route, reads the request, and shows what it comes to, a refusal too. */
export function createServe({ site, assets, routes, match, speaker }: ServeDeps): ServePage {
  const { auth, url } = site
  const frame = createFrame(site, assets)

  function read(visit: Visit, view: RequestView, path: string): PageRequest {
    const { say, language } = speaker(view.header('accept-language'))
    const base = { site, auth, path, params: {}, query: {}, form: {}, client: visit.client, browser: visit.browser }
    const request: PageRequest = {
      ...base,
      say,
      language,
      person: { status: 'anonymous' },

      async replay(to, form, token) {
        try {
          const found = match('POST', to)
          if ('allow' in found) throw new AuthError('not_found')
          const person = await personWith(auth, view, token)
          return await run(found.route, { ...request, path: to, params: found.params, form, person }, true)
        } catch (error) {
          return failed(visit, request, error)
        }
      },
    }
    return request
  }

  /** What a route comes to; what it refuses is shown where its form stands, and so is that a confirmation was not enough. */
  async function run(route: Route, request: PageRequest, isConfirmed = false): Promise<Outcome> {
    assertOwnSession(route, request)
    try {
      return await route.handle(request)
    } catch (error) {
      if (!(error instanceof AuthError) || error.status >= 500) throw error
      const way = wayOut(error, request, route)
      if (way !== undefined) return { to: way }
      if (error.code === 'step_up_required' && !isConfirmed) return confirmation(request, route)
      return refused(error, request, route)
    }
  }

  /** The page that a form stands on, with why it was refused: who may not see it any more has to go somewhere first. */
  async function refused(error: AuthError, request: PageRequest, route: Route): Promise<Outcome> {
    if (route.page === undefined) throw error
    try {
      const page = await route.page(request, error)
      return { page: { ...page, title: request.say('error.page', { title: page.title }), status: error.status } }
    } catch (other) {
      const to = other instanceof AuthError ? wayOut(other, request, route) : undefined
      if (to === undefined) throw other
      return { to }
    }
  }

  /** Where somebody has to go first; what they were at is come back to, and whose form was lost is told why. */
  function wayOut({ code }: AuthError, request: PageRequest, route: Route): string | undefined {
    const back = backOf(request, route)
    if (code === 'token_locked' && request.person.status === 'locked') return url('/unlock', { return: back })
    if (code === 'unauthenticated' && route.method === 'GET') return url('/log-in', { return: back })
    return outside.has(code) ? url('/log-in', { return: back, error: code }) : undefined
  }

  /** The page that was asked for, or that a form stands on; the form itself is gone. */
  function backOf({ path, query, params, form }: PageRequest, route: Route): string | undefined {
    if (route.method === 'GET') return url(path, query)
    const page = pathOfPage(routes, route, params)
    return form['return'] ?? (page === undefined ? undefined : url(page, { [linkParameter]: form[linkParameter] }))
  }

  async function show(request: PageRequest, outcome: Outcome): Promise<Reply> {
    if ('json' in outcome) return json(outcome.json)
    const { cookies = [], headers = [] } = outcome
    const more = [...headers, ...cookies.map((cookie) => ['Set-Cookie', cookie] as const)]
    if ('to' in outcome) return redirect(outcome.to, more)
    const { text, policy } = frame(request, outcome.page)
    return document(outcome.page.status ?? 200, text, policy, more)
  }

  async function answer(visit: Visit, view: RequestView, path: string, request: PageRequest): Promise<Reply> {
    const asset = view.method === 'GET' || view.method === 'HEAD' ? assets.find(path) : undefined
    if (asset !== undefined) return asset
    if (visit.refusal !== undefined || isWithoutOrigin(view)) throw new AuthError('cross_site_request')
    const found = match(view.method, path)
    if ('allow' in found) throw new AuthError(found.allow.length === 0 ? 'not_found' : 'method_not_allowed')
    const person: Person = await personOf(visit)
    const query = readQuery(visit.url)
    const form = found.route.method === 'POST' ? await readForm(view) : {}
    const client = clientOf(visit, person)
    const whole = { ...request, params: found.params, person, query, form, client }
    return show(whole, await run(found.route, whole))
  }

  return async (visit, view, path) => {
    const request = read(visit, view, path)
    let reply: Reply
    try {
      reply = await answer(visit, view, path, request)
    } catch (error) {
      reply = await show(request, failed(visit, request, error))
    }
    return view.method === 'HEAD' ? { ...reply, body: undefined } : reply
  }
}

/** What can't be shown where it was asked for; of a fault nothing is told. */
function failed(visit: Visit, request: PageRequest, error: unknown): Outcome {
  const { status, headers } = visit.fail(error)
  const page = errorPage(request, error instanceof AuthError && error.status < 500 ? error : undefined, status)
  return { page, headers: headers.filter(([name]) => name === 'Retry-After') }
}

/** A form without any word of where it comes from: no browser of today sends one. */
function isWithoutOrigin(view: RequestView): boolean {
  const isForm = view.method !== 'GET' && view.method !== 'HEAD'
  return isForm && view.header('origin') === undefined && view.header('sec-fetch-site') === undefined
}

/** Whoever acts in a user's place looks, and leaves: no form changes anything of the account. */
function assertOwnSession({ method, isForImpersonators }: Route, request: PageRequest): void {
  if (isInPlace(request) && method === 'POST' && isForImpersonators !== true)
    throw new AuthError('own_session_required')
}

/** Who does what is told of: the session, and the administrator behind it. */
function clientOf({ client }: Visit, person: Person): Visit['client'] {
  if (person.status !== 'unlocked') return client
  const { session, impersonator } = person.principal
  return { ...client, sessionId: session?.id, actorId: impersonator?.userId }
}
