import { AuthError } from '@sallyport/core'
import { html } from '../html.ts'
import { codeField, displayNameField, field, hidden, newPassword, post } from '../look/forms.ts'
import { alert, below, heading, notice } from '../look/parts.ts'
import { optional, type PageRequest, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Outcome, Page } from '../outcome.ts'
import { endReplaced, enter } from './enter.ts'

/** Registration and the way back in for who has forgotten their password: each says the same whoever has an account. */
export const registerRoutes: readonly Route[] = [
  page('/register', registerPage),
  form('/register', registerPage, async (request) => {
    const { auth, client, site } = request
    if (auth.features.registration !== 'username') {
      const wanted = { email: required(request, 'email'), displayName: optional(request, 'displayName') }
      if (auth.features.verification === 'code') {
        const { flow } = await auth.account.beginRegistration(wanted, client)
        return { page: codePage({ ...request, form: { flow: flow.reveal() } }) }
      }
      await auth.account.register(wanted, client)
      return { to: site.url('/log-in', { done: 'registration_sent' }) }
    }
    const [username, password] = [required(request, 'username'), required(request, 'password')]
    const [email, displayName] = [optional(request, 'email'), optional(request, 'displayName')]
    await auth.account.register({ username, password, email, displayName }, client)
    return enterNew(request, username, password)
  }),
  form('/register/code', codePage, async (request) => {
    const { auth, client } = request
    const [flow, code, password] = [required(request, 'flow'), required(request, 'code'), required(request, 'password')]
    const { username } = await auth.account.confirmRegistration({ flow, code, password }, client)
    return enterNew(request, username, password)
  }),
  page('/forgot-password', forgottenPage),
  form('/forgot-password', forgottenPage, async (request) => {
    const { auth, client, site } = request
    await auth.account.forgotPassword(required(request, 'username'), client)
    return { to: site.url('/log-in', { done: 'reset_sent' }) }
  }),
]

/** Whoever has an account now is in, and nobody else is in this browser any more. */
async function enterNew(request: PageRequest, username: string, password: string): Promise<Outcome> {
  const { auth, client, site } = request
  const result = await auth.logIn({ username, password }, client)
  await endReplaced(request)
  return enter(request, result, site.home)
}

function registerPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, auth, form: sent } = request
  const { registration, verification } = auth.features
  if (registration === undefined) throw new AuthError('not_found')
  const byName = registration === 'username'
  const email = field({
    name: 'email',
    label: say(byName ? 'field.email-optional' : 'field.email'),
    type: 'email',
    autocomplete: 'email',
    value: sent['email'],
    isOptional: byName,
    ...(!byName && { hint: say(verification === 'code' ? 'register.by-code' : 'register.by-email') }),
  })
  const named = byName && [
    field({ name: 'username', label: say('field.username'), value: sent['username'], autocomplete: 'username' }),
    newPassword(request, say('field.password')),
  ]
  const fields = [named, email, displayNameField(request, sent['displayName'])]
  const body = html`${heading(say('register.heading', { service: site.service }))}${alert(request, failure)}
${post(site.url('/register'), fields, say('register.title'))}
${below(site.url('/log-in'), say('log-in'), say('register.known'))}`
  return { title: say('register.title'), area: 'door', body }
}

/** The code that was sent, and a password: nothing of it is in an address. */
function codePage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  const fields = [
    hidden({ flow: sent['flow'] }),
    codeField(request, say('hint.email'), { value: sent['code'], focus: true }),
    newPassword(request, say('field.password')),
  ]
  const body = html`${heading(say('register.code'))}${alert(request, failure)}
${post(site.url('/register/code'), fields, say('register.title'))}`
  return { title: say('register.title'), area: 'door', body }
}

function forgottenPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  const options = { name: 'username', label: say('field.login'), value: sent['username'], focus: true }
  const name = field({ ...options, autocomplete: 'username' })
  const body = html`${heading(say('forgotten.title'), say('forgotten.lead'))}${alert(request, failure)}${notice(request)}
${post(site.url('/forgot-password'), name, say('forgotten.send'))}${below(site.url('/log-in'), say('log-in.back'))}`
  return { title: say('forgotten.title'), area: 'door', body }
}
