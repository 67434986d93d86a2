import { AuthError } from '@sallyport/core'
import { html } from '../html.ts'
import { alert, field, heading, hidden, notice } from '../look/parts.ts'
import { optional, type PageRequest, required } from '../request.ts'
import { type Failure, form, page, type Route } from '../routing.ts'
import type { Page } from '../outcome.ts'
import { enter } from './enter.ts'

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
    return enter(request, await auth.logIn({ username, password }, client), site.home)
  }),
  form('/register/code', codePage, async (request) => {
    const { auth, client, site } = request
    const [flow, code, password] = [required(request, 'flow'), required(request, 'code'), required(request, 'password')]
    const { username } = await auth.account.confirmRegistration({ flow, code, password }, client)
    return enter(request, await auth.logIn({ username, password }, client), site.home)
  }),
  page('/forgot-password', forgottenPage),
  form('/forgot-password', forgottenPage, async (request) => {
    const { auth, client, site } = request
    await auth.account.forgotPassword(required(request, 'username'), client)
    return { to: site.url('/log-in', { done: 'reset_sent' }) }
  }),
]

function registerPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, auth, form: sent } = request
  const { registration, verification, minPasswordLength: minLength } = auth.features
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
  const body = html`${heading(say('register.heading', { service: site.service }))}${alert(request, failure)}
<form method="post" action="${site.url('/register')}">
${byName && field({ name: 'username', label: say('field.username'), value: sent['username'], autocomplete: 'username' })}
${byName && field({ name: 'password', label: say('field.password'), type: 'password', autocomplete: 'new-password', minLength, maxLength: 4096, hint: say('hint.password', { length: minLength }) })}
${email}${field({ name: 'displayName', label: say('field.display-name-optional'), value: sent['displayName'], autocomplete: 'name', maxLength: 200, isOptional: true })}
<button class="main">${say('register.title')}</button></form>
<p class="below">${say('register.known')} <a href="${site.url('/log-in')}">${say('log-in')}</a></p>`
  return { title: say('register.title'), area: 'door', body }
}

/** The code that was sent, and a password: nothing of it is in an address. */
function codePage(request: PageRequest, failure?: Failure): Page {
  const { say, site, auth, form: sent } = request
  const { minPasswordLength: minLength } = auth.features
  const body = html`${heading(say('register.code'))}${alert(request, failure)}
<form method="post" action="${site.url('/register/code')}">${hidden({ flow: sent['flow'] })}
${field({ name: 'code', label: say('field.code'), value: sent['code'], autocomplete: 'one-time-code', digits: true, maxLength: 12, focus: true, hint: say('hint.email') })}
${field({ name: 'password', label: say('field.password'), type: 'password', autocomplete: 'new-password', minLength, maxLength: 4096, hint: say('hint.password', { length: minLength }) })}
<button class="main">${say('register.title')}</button></form>`
  return { title: say('register.title'), area: 'door', body }
}

function forgottenPage(request: PageRequest, failure?: Failure): Page {
  const { say, site, form: sent } = request
  const body = html`${heading(say('forgotten.title'), say('forgotten.lead'))}${alert(request, failure)}${notice(request)}
<form method="post" action="${site.url('/forgot-password')}">
${field({ name: 'username', label: say('field.login'), value: sent['username'], autocomplete: 'username', focus: true })}
<button class="main">${say('forgotten.send')}</button></form>
<p class="below"><a href="${site.url('/log-in')}">${say('log-in.back')}</a></p>`
  return { title: say('forgotten.title'), area: 'door', body }
}
