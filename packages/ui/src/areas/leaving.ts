import type { ProviderLoginStarted } from '@sallyport/core'
import { html } from '../html.ts'
import { heading } from '../look/parts.ts'
import type { PageRequest } from '../request.ts'
import type { Outcome } from '../outcome.ts'

/**
 * Sends the browser to an identity provider after a form. It goes by a page of its own: the policy lets no form lead to
 * another origin, not even by a redirect.
 */
export async function leaving(request: PageRequest, id: string, started: ProviderLoginStarted): Promise<Outcome> {
  const { auth, say } = request
  const provider = (await auth.providers.list()).find((one) => one.id === id)?.label ?? id
  const { redirectTo } = started
  const body = html`${heading(say('leaving.title', { provider }))}
<p><a class="button main" href="${redirectTo}">${say('continue')}</a></p>`
  const page = { title: say('leaving.title', { provider }), area: 'door', body, leadsTo: redirectTo } as const
  return { page, cookies: [auth.cookies.browser(started)] }
}
