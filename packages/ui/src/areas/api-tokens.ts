import { type ApiToken, AuthError, type IssuedApiToken } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import { action, careful, checkbox, copyField, field, post, select } from '../look/forms.ts'
import { alert, card, heading, more, notice, onward, type Row, rows } from '../look/parts.ts'
import { type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { apiTokenRow } from './api-token-row.ts'
import { confirmRecency } from './recent.ts'

const day = 24 * 60 * 60_000
const lives = ['30', '90', '365', 'longest', 'date'] as const
const overlaps = ['0', '1', '7'] as const

/** Tokens for programs: shown once, rotated, revoked. */
export const apiTokenRoutes: readonly Route[] = [
  page('/api-tokens', tokensPage),
  form('/api-tokens', tokensPage, async (request) => {
    const principal = await confirmRecency(request)
    const { form: sent } = request
    const name = required(request, 'name').slice(0, 200)
    const scopes = scopesIn(sent, principal.permissions)
    if (scopes?.length === 0) throw new AuthError('invalid_request', { detail: request.say('api-tokens.scopes-gone') })
    const wanted = { name, expiresAt: expiryIn(request), ...(scopes && { scopes }) }
    return shownOnce(request, await request.auth.apiTokens.issue(principal, wanted, request.client))
  }),
  form('/api-tokens/:id/rotate', tokensPage, async (request) => {
    const principal = await confirmRecency(request)
    const { auth, params, form: sent, client } = request
    const days = overlaps.find((one) => one === sent['overlap']) ?? '1'
    return shownOnce(request, await auth.apiTokens.rotate(principal, params['id'] ?? '', Number(days) * day, client))
  }),
  form('/api-tokens/:id/revoke', tokensPage, async (request) => {
    const { auth, params, site, client } = request
    const isRevoked = await auth.apiTokens.revoke(principalOf(request), params['id'] ?? '', client)
    if (!isRevoked) throw new AuthError('not_found')
    return { to: site.url('/api-tokens', { done: 'token_revoked' }) }
  }),
]

/** What was ticked, of what its user may do; `undefined` where nothing was, which is everything. */
function scopesIn(sent: PageRequest['form'], permissions: readonly string[]): readonly string[] | undefined {
  const isNarrow = Object.keys(sent).some((name) => name.startsWith('scope.'))
  return isNarrow ? permissions.filter((permission) => sent[`scope.${permission}`] !== undefined) : undefined
}

/** Until when a new token is to be good; `undefined` for as long as there is. Throws `invalid_request`. */
function expiryIn({ form: sent, say }: PageRequest): number | undefined {
  const life = lives.find((one) => one === sent['life']) ?? '90'
  if (life === 'longest') return undefined
  if (life !== 'date') return Date.now() + Number(life) * day
  const [text = ''] = [sent['date']]
  const end = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T23:59:59Z`) : Number.NaN
  if (end > Date.now()) return end
  throw new AuthError('invalid_request', { detail: say('api-tokens.date-wrong') })
}

/** The token in the answer itself: nothing keeps it for a second look. */
function shownOnce(request: PageRequest, { apiToken, token }: IssuedApiToken): Outcome {
  const { say, site } = request
  const secret = copyField(request, 'token', say('api-tokens.token'), token.reveal())
  const body = html`${heading(say('api-tokens.made', { name: apiToken.name }), say('api-tokens.once'))}
${card(undefined, html`${secret}<p class="hint">${say('api-tokens.use')}</p>`)}
${onward(site.url('/api-tokens'), say('api-tokens.kept'))}`
  const title = say('api-tokens.title')
  return { page: { title, area: 'account', section: '/api-tokens', back: '/api-tokens', body } }
}

async function tokensPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, auth, site, query } = request
  const { user } = principalOf(request)
  const { items, next } = await auth.apiTokens.list(user.id, { cursor: query['cursor'] })
  const sorted = items.toSorted((one, other) => other.createdAt - one.createdAt)
  const list = rows(
    say('api-tokens.title'),
    sorted.map((token) => tokenRow(request, token)),
    say('api-tokens.none'),
  )
  const body = html`${heading(say('api-tokens.title'), say('api-tokens.lead'))}${alert(request, failure)}${notice(request)}
${card(say('api-tokens.yours'), html`${list}${more(request, next, (cursor) => site.url('/api-tokens', { cursor }))}`)}
${card(say('api-tokens.new'), newForm(request))}`
  return { title: say('api-tokens.title'), area: 'account', section: '/api-tokens', body }
}

function newForm(request: PageRequest): Content {
  const { say, site, form: sent } = request
  const { permissions } = principalOf(request)
  const choices = lives.map((life) => [life, say(`api-tokens.life.${life}`)] as const)
  const today = new Date(Date.now() + day).toISOString().slice(0, 10)
  const name = field({
    name: 'name',
    label: say('field.name'),
    value: sent['name'],
    maxLength: 200,
    hint: say('hint.token-name'),
  })
  const life = select('life', say('api-tokens.life'), choices, sent['life'] ?? '90')
  const date = field({
    name: 'date',
    label: say('api-tokens.date'),
    type: 'date',
    value: sent['date'],
    isOptional: true,
    min: today,
  })
  const scopes = permissions.map((permission) =>
    checkbox(`scope.${permission}`, permission, sent[`scope.${permission}`] !== undefined),
  )
  const narrowing =
    scopes.length > 0 &&
    html`<fieldset aria-describedby="scopes-hint"><legend>${say('api-tokens.scopes')}</legend>
<p class="hint" id="scopes-hint">${say('hint.scopes')}</p>${scopes}</fieldset>`
  const content = [name, html`<div class="pair">${life}<div class="until">${date}</div></div>`, narrowing]
  return post(site.url('/api-tokens'), content, say('api-tokens.make'))
}

function tokenRow(request: PageRequest, token: ApiToken): Row {
  const { say, site } = request
  const { id, name } = token
  const choices = overlaps.map((days) => [days, say(`api-tokens.overlap.${days}`)] as const)
  const overlap = select('overlap', say('api-tokens.overlap'), choices, '1', `overlap-${id}`)
  const now = html`${say('api-tokens.rotate-now')}<span class="unseen"> ${name}</span>`
  const rotate = post(site.url(`/api-tokens/${id}/rotate`), overlap, now)
  const revoke = action(site.url(`/api-tokens/${id}/revoke`), say('api-tokens.revoke-sure'), 'danger', name)
  return apiTokenRow(
    request,
    token,
    html`${careful(say('api-tokens.rotate'), name, say('api-tokens.rotate-question'), rotate)}
${careful(say('api-tokens.revoke'), name, say('api-tokens.revoke-question'), revoke)}`,
  )
}
