import type { EnrolledFactor, FactorFeature } from '@sallyport/core'
import { html } from '../html.ts'
import { action, careful } from '../look/forms.ts'
import { alert, card, heading, notice, type Row, rows, type Tile, tiles } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import { type PageRequest, principalOf } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import { isText } from '../texts.ts'
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
  const places = tiles(offered.map((factor) => offer(request, factor, enrolled)))
  const later = !hasMain && html`<p class="hint">${say('factors.backup-later')}</p>`
  const body = html`${heading(say('factors.title'), say('factors.lead'))}${alert(request, failure)}${notice(request)}
${card(say('factors.yours'), held)}${card(say('factors.add'), [places, later])}`
  return { title: say('factors.title'), area: 'account', section: '/factors', body }
}

function factorRow(request: PageRequest, { id, factor, name, createdAt, lastUsedAt, details }: EnrolledFactor): Row {
  const { say, site } = request
  const title = name ?? factorName(request, factor)
  const remaining = details['remaining']
  const kind = name !== undefined && `${factorName(request, factor)} · `
  const used = lastUsedAt === undefined ? say('never-used') : html`${say('used')} ${ago(request, lastUsedAt)}`
  const remove = action(site.url(`/factors/${id}/remove`), say('factors.remove-sure'), 'danger', title)
  return {
    icon: factorIcon(factor),
    title,
    badge: details['isSynced'] === true && say('factors.synced'),
    facts: [
      html`${kind}${say('factors.since')} ${on(request, createdAt)} · ${used}`,
      typeof remaining === 'number' && say('factors.remaining', { count: remaining }),
      typeof details['address'] === 'string' && details['address'],
    ],
    actions: careful(say('remove'), title, say('factors.remove-question'), remove),
  }
}

function offer(request: PageRequest, { id }: FactorFeature, enrolled: readonly EnrolledFactor[]): Tile {
  const { say, site } = request
  const isThere = enrolled.some(({ factor }) => factor === id)
  // Of some there is one: what is added takes the place of what is there.
  const isOne = id === 'recovery-codes' || id === 'email' || id === 'sms'
  const about = `factors.about.${id}`
  const name = factorName(request, id)
  return {
    to: site.url(`/factors/add/${id}`),
    icon: factorIcon(id),
    title: isThere && isOne ? say('factors.renew', { factor: name }) : name,
    fact: isText(about) ? say(about) : '',
  }
}
