import { AuthError, type Finding } from '@sallyport/core'
import { html } from '../html.ts'
import { action } from '../look/forms.ts'
import { alert, card, heading, type Row, rows } from '../look/parts.ts'
import type { PageRequest } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { administratorOf } from './admin.ts'

/** The identity providers, and whether they work. */
export const adminProviderRoutes: readonly Route[] = [
  page('/admin/providers', providersPage),
  form('/admin/providers/:id/check', providersPage, async (request) => {
    administratorOf(request)
    const { say, auth, params } = request
    const { id = '' } = params
    const provider = (await auth.providers.list()).find((one) => one.id === id)
    if (provider === undefined) throw new AuthError('not_found')
    const findings = await auth.providers.check(id)
    const title = say('admin.check.title', { provider: provider.label })
    const body = html`${heading(title)}${card(
      undefined,
      rows(
        title,
        findings.map((finding) => findingRow(request, finding)),
        say('admin.check.none'),
      ),
    )}`
    return { page: { title, area: 'admin', section: '/admin/providers', back: '/admin/providers', body } }
  }),
]

async function providersPage(request: PageRequest, failure?: Failure): Promise<Page> {
  administratorOf(request)
  const { say, auth, site } = request
  const providers = await auth.providers.list()
  const items = providers.map(({ id, label, protocol }) => ({
    icon: 'server' as const,
    title: label,
    facts: [html`${protocol.toUpperCase()} · <code>${id}</code>`],
    actions: action(site.url(`/admin/providers/${id}/check`), say('admin.check'), 'quiet', label),
  }))
  const body = html`${heading(say('admin.providers.title'), say('admin.providers.lead'))}${alert(request, failure)}
${card(undefined, rows(say('admin.providers.title'), items, say('admin.providers.none')))}`
  return { title: say('admin.providers.title'), area: 'admin', section: '/admin/providers', body }
}

function findingRow({ say }: PageRequest, { name, ok, detail }: Finding): Row {
  return {
    icon: ok ? 'done' : 'warning',
    title: name,
    isBad: !ok,
    badge: say(ok ? 'admin.check.ok' : 'admin.check.failed'),
    facts: [detail],
  }
}
