import { AuthError, type Enrolled, type Enrolling } from '@sallyport/core'
import { renderSVG } from 'uqr'
import { type Content, type Html, html, trusted } from '../html.ts'
import { type ButtonKind, codeField, field, hidden, passkeyForm, post } from '../look/forms.ts'
import { alert, card, heading } from '../look/parts.ts'
import { destination, optional, type PageRequest, principalOf, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { cookiesOf } from './enter.ts'
import { factorName, isDelivered } from './factor-form.ts'
import { responseIn } from './log-in.ts'
import { codesPage } from './recovery-codes.ts'

/** Enrolment of a factor, by whoever is in, and by whoever must have one before they get in. */
export const enrolRoutes: readonly Route[] = [
  page('/factors/add/:factor', addPage),
  form('/factors/add/:factor/send', addPage, async (request) => {
    const { auth, client } = request
    const factor = factorOf(request)
    const address = optional(request, 'address')
    await auth.factors.beginEnrolment(enrolling(request), { factor, address }, client)
    return { page: await addPage(request) }
  }),
  form('/factors/add/:factor', addPage, async (request) => {
    const { auth, client } = request
    const factor = factorOf(request)
    const name = optional(request, 'name')
    const isBackup = auth.features.factors.some((one) => one.id === factor && one.isBackup)
    if (isBackup) return codesPage(await auth.factors.beginEnrolment(enrolling(request), { factor }, client), request)
    const evidence = factor === 'passkey' ? { response: responseIn(request) } : { code: required(request, 'code') }
    const finished = await auth.factors.finishEnrolment(enrolling(request), { factor, name, ...evidence }, client)
    return goOn(request, finished)
  }),
]

function factorOf({ params, auth }: PageRequest): string {
  const id = params['factor'] ?? ''
  if (auth.features.factors.some((factor) => factor.id === id && factor.canEnrol)) return id
  throw new AuthError('not_found')
}

function enrolling(request: PageRequest): Enrolling {
  const { person } = request
  return person.status === 'locked' ? person.token : principalOf(request)
}

/** Enrolling has proven the factor: the session is under a new token, and whoever was locked out is in. */
function goOn(request: PageRequest, { result }: Enrolled): Outcome {
  const { auth, site, person } = request
  const cookies = result === undefined ? [] : cookiesOf(auth, result)
  if (result?.status === 'locked') return { to: site.url('/unlock'), cookies }
  const to = person.status === 'locked' ? destination(request) : site.url('/factors', { done: 'factor_added' })
  return { to, cookies }
}

async function addPage(request: PageRequest, failure?: Failure): Promise<Page> {
  const { say, site, person, form: sent, query } = request
  const factor = factorOf(request)
  const isIn = person.status === 'unlocked'
  const title = say('enrol.title', { factor: factorName(request, factor) })
  const back = sent['return'] ?? query['return']
  const body = html`${heading(title)}${alert(request, failure)}${card(undefined, await content(request, factor, back))}
${!isIn && html`<p class="below"><a href="${site.url('/unlock', { return: back })}">${say('cancel')}</a></p>`}`
  return { title, area: isIn ? 'account' : 'door', section: '/factors', back: '/factors', body }
}

async function content(request: PageRequest, factor: string, back: string | undefined): Promise<Content> {
  const { say, site, auth, client, form: sent } = request
  const to = site.url(`/factors/add/${factor}`)
  const name = field({
    name: 'name',
    label: say('field.name-optional'),
    value: sent['name'],
    maxLength: 100,
    isOptional: true,
    hint: say('hint.factor-name'),
  })
  if (auth.features.factors.some(({ id, isBackup }) => id === factor && isBackup)) {
    return html`<p>${say('codes.lead')}</p>${post(to, undefined, say('codes.make'))}`
  }
  if (isDelivered(factor)) return delivered(request, factor, to, back)
  if (factor === 'passkey') {
    const { answer } = await auth.factors.beginEnrolment(enrolling(request), { factor }, client)
    const create = html`${hidden({ return: back })}${name}<button class="main">${say('enrol.passkey')}</button>`
    return html`<p>${say('enrol.passkey-lead')}</p><p class="hint" data-without-passkeys>${say('passkey.script')}</p>
${passkeyForm(request, to, 'create', { given: answer }, create)}`
  }
  const uri = await totpUri(request, factor)
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  const grouped = secret.replace(/.{4}(?=.)/g, '$& ')
  const fields = [hidden({ uri, return: back }), codeField(request, say('hint.totp')), name]
  return html`<ol class="steps"><li><h2>${say('enrol.totp-scan')}</h2>${qr(uri, say('enrol.qr'))}
<details><summary>${say('enrol.totp-by-hand')}</summary><p><code class="secret">${grouped}</code></p></details></li>
<li><h2>${say('enrol.totp-code')}</h2>${post(to, fields, say('enrol.finish'))}</li></ol>`
}

/** What the authenticator is to scan: after a wrong code the same as before, or it would have to be scanned again. */
async function totpUri(request: PageRequest, factor: string): Promise<string> {
  const { auth, client, form: sent } = request
  const before = sent['uri']
  const isOurs = before?.startsWith('otpauth://totp/') === true && before.length <= 1024
  if (isOurs && URL.canParse(before)) return before
  const { answer } = await auth.factors.beginEnrolment(enrolling(request), { factor }, client)
  if (typeof answer['uri'] === 'string') return answer['uri']
  // A factor of the application's own, which no page of ours knows how to ask for.
  throw new AuthError('not_found')
}

function delivered(request: PageRequest, factor: string, to: string, back: string | undefined): Content {
  const { say, path, form: sent } = request
  const isSms = factor === 'sms'
  const phone = field({ name: 'address', label: say('field.phone'), type: 'tel', autocomplete: 'tel', maxLength: 40 })
  const where = isSms && sent['address'] === undefined ? phone : hidden({ address: sent['address'] })
  const send = (label: string, kind: ButtonKind) => post(`${to}/send`, [hidden({ return: back }), where], label, kind)
  if (!path.endsWith('/send') && sent['code'] === undefined) {
    return html`<p>${say(isSms ? 'enrol.sms-lead' : 'enrol.email-lead')}</p>${send(say('unlock.send'), 'main')}`
  }
  const code = codeField(request, say(isSms ? 'hint.sms' : 'hint.email'), { focus: true })
  const finish = post(to, [hidden({ return: back, address: sent['address'] }), code], say('enrol.finish'))
  return [finish, send(say('unlock.send-again'), 'quiet')]
}

function qr(uri: string, label: string): Html {
  const drawn = renderSVG(uri, { ecc: 'M', border: 2, pixelSize: 4 })
  // The library draws squares; of the text nothing is in them.
  return html`<div class="qr" role="img" aria-label="${label}">${trusted(drawn)}</div>`
}
