import { AuthError, type Revocable, type RevocationBatch, type RevocationCondition } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { careful, checkbox, field, hidden, post } from '../look/forms.ts'
import { alert, card, heading, notice, type Row, rows } from '../look/parts.ts'
import { ago } from '../look/times.ts'
import type { Page } from '../outcome.ts'
import { optional, type PageRequest, principalOf } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import { administratorOf } from './admin.ts'
import { deviceName, where } from './session-row.ts'
import { userLinks } from './user-links.ts'

/** Batches that one request runs: what is left goes on with the next, so that none lasts for long. */
const batches = 8

/** After a theft: sessions and API tokens by what is known of them, or those of everybody. */
export const adminRevokeRoutes: readonly Route[] = [
  page('/admin/revoke', revokePage),
  form('/admin/revoke/look', revokePage, async (request) => ({
    page: await foundPage(request, await run(request, true)),
  })),
  form('/admin/revoke', revokePage, async (request) => {
    const done = await run(request, false)
    if (done.next === undefined) return { to: request.site.url('/admin/revoke', { done: 'revoked' }) }
    return { page: goOnPage(request, '/admin/revoke', done.next) }
  }),
  form('/admin/revoke/everyone', revokePage, async (request) => {
    const { auth, client, site, form: sent } = request
    const apiTokens = sent['apiTokens'] !== undefined
    let cursor = optional(request, 'cursor')
    for (let i = 0; i < batches; i++) {
      const batch = await auth.administration.revokeEveryone(principalOf(request), { apiTokens, cursor }, client)
      if (batch.next === undefined) return { to: site.url('/admin/revoke', { done: 'revoked' }) }
      cursor = batch.next
    }
    return { page: goOnPage(request, '/admin/revoke/everyone', cursor ?? '') }
  }),
]

/** What was typed, as a condition. Throws `invalid_request`. */
function conditionIn(request: PageRequest): RevocationCondition {
  const { say } = request
  const before = optional(request, 'before')
  const issuedBefore = before === undefined ? undefined : Date.parse(`${before}T00:00:00Z`)
  if (Number.isNaN(issuedBefore)) throw new AuthError('invalid_request', { detail: say('field.missing') })
  const [address, userAgent] = [optional(request, 'address'), optional(request, 'userAgent')]
  if (address === undefined && userAgent === undefined && issuedBefore === undefined) {
    const labels = { address: say('field.address'), agent: say('field.user-agent'), before: say('field.before') }
    throw new AuthError('invalid_request', { detail: say('admin.revoke.empty', labels) })
  }
  return { address, userAgent, issuedBefore }
}

async function run(request: PageRequest, dryRun: boolean): Promise<RevocationBatch> {
  const { auth, client } = request
  const condition = conditionIn(request)
  let sum: RevocationBatch = { examined: 0, matched: 0, revoked: 0, sample: [] }
  let cursor = optional(request, 'cursor')
  for (let i = 0; i < batches; i++) {
    const batch = await auth.administration
      .revoke(principalOf(request), condition, { dryRun, cursor }, client)
      .catch((error: unknown) => refused(request, error))
    sum = {
      examined: sum.examined + batch.examined,
      matched: sum.matched + batch.matched,
      revoked: sum.revoked + batch.revoked,
      sample: [...sum.sample, ...batch.sample].slice(0, 10),
      next: batch.next,
    }
    if (batch.next === undefined) break
    cursor = batch.next
  }
  return sum
}

/** The one thing of a condition that core alone can tell to be wrong, in the words of the form. */
function refused({ say, form: sent }: PageRequest, error: unknown): never {
  const isAddress = error instanceof AuthError && error.code === 'invalid_request' && sent['address'] !== ''
  if (!isAddress) throw error
  throw new AuthError('invalid_request', { detail: say('admin.revoke.no-address', { address: say('field.address') }) })
}

function revokePage(request: PageRequest, failure?: Failure): Page {
  administratorOf(request)
  const { say, site, form: sent } = request
  const [address, userAgent, before] = [sent['address'], sent['userAgent'], sent['before']]
  const network = { value: address, isOptional: true, maxLength: 64, hint: say('hint.network') }
  const fields = [
    field({ name: 'address', label: say('field.address'), ...network }),
    field({ name: 'userAgent', label: say('field.user-agent'), value: userAgent, isOptional: true, maxLength: 200 }),
    field({ name: 'before', label: say('field.before'), type: 'date', value: before, isOptional: true }),
  ]
  const tokensToo = checkbox('apiTokens', say('admin.revoke.tokens-too'))
  const all = post(site.url('/admin/revoke/everyone'), tokensToo, say('admin.revoke.everyone-sure'), 'danger')
  const everyone = careful(say('admin.revoke.everyone'), '', say('admin.revoke.everyone-question'), all, true)
  const body = html`${heading(say('admin.revoke.title'), say('admin.revoke.lead'))}
${alert(request, failure)}${notice(request)}
${card(say('admin.revoke.some'), post(site.url('/admin/revoke/look'), fields, say('admin.revoke.look')))}
${card(say('admin.revoke.all'), everyone)}`
  return { title: say('admin.revoke.title'), area: 'admin', section: '/admin/revoke', body }
}

function typed({ form: sent }: PageRequest): Readonly<Record<string, string | undefined>> {
  const { address, userAgent, before, apiTokens } = sent
  return { address, userAgent, before, apiTokens }
}

async function foundPage(request: PageRequest, { matched, sample, next }: RevocationBatch): Promise<Page> {
  const { say, site } = request
  const count = next === undefined ? matched : say('overview.more', { count: matched })
  const userOf = await userLinks(
    request,
    sample.map(({ userId }) => userId),
  )
  const list = rows(
    say('admin.revoke.sample'),
    sample.map((item) => foundRow(request, item, userOf(item.userId))),
    say('admin.revoke.nothing'),
  )
  const end = post(site.url('/admin/revoke'), hidden(typed(request)), say('admin.revoke.sure', { count }), 'danger')
  const title = say('admin.revoke.found', { count })
  const body = html`${heading(title)}${card(matched > sample.length ? say('admin.revoke.sample') : undefined, list)}
${matched > 0 && html`<div class="after">${end}</div>`}`
  return { title, area: 'admin', section: '/admin/revoke', back: '/admin/revoke', body }
}

function foundRow(request: PageRequest, { kind, createdAt, address, userAgent }: Revocable, user: Content): Row {
  const { say } = request
  return {
    icon: kind === 'sessions' ? 'devices' : 'key',
    title: kind === 'sessions' ? deviceName(request, userAgent) : say('api-tokens.token'),
    facts: [html`${where(address)}${say('made')} ${ago(request, createdAt)}`, user],
  }
}

function goOnPage(request: PageRequest, to: string, cursor: string): Page {
  const { say, site } = request
  const body = html`${heading(say('admin.revoke.title'), say('admin.revoke.going-on'))}
${post(site.url(to), hidden({ ...typed(request), cursor }), say('continue'))}`
  return { title: say('admin.revoke.title'), area: 'admin', section: '/admin/revoke', back: '/admin/revoke', body }
}
