import { toResponse, visitFetch } from '@sallyport/core/fetch'
import { pages, type PagesSettings } from '../src/index.ts'
import type { House } from './house.ts'

/** The answer of a page, read. */
export interface Answer {
  readonly status: number
  readonly to: string | null
  readonly markup: string
  readonly cookies: readonly string[]
}

/** What the pages of a house answer without a server; 299 and what it sees where the application would. */
export async function respond(
  { auth }: Pick<House, 'auth'>,
  request: Request,
  settings: PagesSettings = {},
): Promise<Response> {
  const seen = await visitFetch(pages(auth, settings), request, { address: '203.0.113.7' })
  return seen.response ?? toResponse({ status: 299, headers: [], body: `the application sees ${seen.request.url}` })
}

/** Asks a house for its pages without a server, as a browser on its own site does: a form where there are fields. */
export async function ask(
  house: Pick<House, 'auth'>,
  path: string,
  cookie?: string,
  fields?: Readonly<Record<string, string>>,
  settings: PagesSettings = {},
): Promise<Answer> {
  const headers = {
    'sec-fetch-site': 'same-origin',
    ...(cookie !== undefined && { cookie }),
    ...(fields && { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  const init = fields && { method: 'POST', body: new URLSearchParams(fields).toString() }
  const answer = await respond(house, new Request(house.auth.features.origin + path, { ...init, headers }), settings)
  return {
    status: answer.status,
    to: answer.headers.get('location'),
    markup: await answer.text(),
    cookies: answer.headers.getSetCookie(),
  }
}

/** The cookie of who is logged in with a password. */
export async function cookieFor({ auth }: Pick<House, 'auth'>, username: string, password: string): Promise<string> {
  return `__Host-sallyport=${(await auth.logIn({ username, password })).token.reveal()}`
}
