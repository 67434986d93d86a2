import type { EnrolledFactor, FactorFeature } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { icon } from '../look/icons.ts'
import { action, alert, card, careful, heading, notice, type Row, rows } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { factorIcon, factorName } from './factor-form.ts'

/** What somebody has besides their password, and what they may add. */
export const factorRoutes: readonly Route[] = [
  page('/factors', factorsPage),
  form('/factors/:id/remove', factorsPage, async (request) => {
    const { auth, params, client, site } = request
    await auth.factors.remove(principalOf(request), params['id'] ?? '', client)
    return { to: site.url('/factors', { done: 'factor_removed' }) }
  }),
]

async function factorsPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth } = request
  const { user } = principalOf(request)
  const enrolled = await auth.factors.list(user.id)
  const hasMain = (await auth.factors.requirement(user.id)).assurance === 2
  const held = rows(
    say('factors.title'),
    enrolled.map((factor) => factorRow(request, factor)),
    say('factors.none'),
  )
  const offered = auth.features.factors.filter(({ canEnrol, isBackup }) => canEnrol && (!isBackup || hasMain))
  const body = html`${heading(say('factors.title'), say('factors.lead'))}${alert(request, failure)}${notice(request)}
${card(say('factors.yours'), held)}
${card(say('factors.add'), html`<ul class="tiles">${offered.map((factor) => offer(request, factor, enrolled))}</ul>${!hasMain && html`<p class="hint">${say('factors.backup-later')}</p>`}`)}`
  return { title: say('factors.title'), area: 'account', section: '/factors', body }
}

function factorRow(request: PageRequest, { id, factor, name, createdAt, lastUsedAt, details }: EnrolledFactor): Row {
  const { say, site } = request
  const title = name ?? factorName(request, factor)
  const remaining = details['remaining']
  const used = lastUsedAt === undefined ? say('never-used') : html`${say('used')} ${ago(request, lastUsedAt)}`
  const remove = action(site.url(`/factors/${id}/remove`), say('factors.remove-sure'), 'danger', title)
  return {
    icon: factorIcon(factor),
    title,
    badge: details['isSynced'] === true && say('factors.synced'),
    facts: [
      html`${name !== undefined && `${factorName(request, factor)} · `}${say('factors.since')} ${on(request, createdAt)} · ${used}`,
      typeof remaining === 'number' && say('factors.remaining', { count: remaining }),
      typeof details['address'] === 'string' && details['address'],
    ],
    actions: careful(say('remove'), title, say('factors.remove-question'), remove),
  }
}

function offer(request: PageRequest, { id }: FactorFeature, enrolled: readonly EnrolledFactor[]): Content {
  const { say, site } = request
  const isThere = enrolled.some(({ factor }) => factor === id)
  // Of some there is one: what is added takes the place of what is there.
  const isOne = id === 'recovery-codes' || id === 'email' || id === 'sms'
  const about = `factors.about.${id}` as 'factors.about.totp'
  const label = isThere && isOne ? say('factors.renew', { factor: factorName(request, id) }) : factorName(request, id)
  return html`<li><a href="${site.url(`/factors/add/${id}`)}">${icon(factorIcon(id))}<span><span class="title">${label}</span><span class="fact">${say(about)}</span></span></a></li>`
}
