import { type Content, html } from '../html.ts'
import { icon, type IconName } from '../look/icons.ts'
import { checkbox, field, hidden } from '../look/parts.ts'
import type { PageRequest } from '../request.ts'
import { isText } from '../texts.ts'

/** The question for a factor, at the second door and where somebody confirms that it is them. */
export interface FactorQuestion {
  /** Where its answer goes, and where a code is asked for. */
  readonly to: string
  readonly sendTo: string
  readonly factor: string
  readonly fields: Readonly<Record<string, string | undefined>>
  /** The options of the ceremony, for a passkey. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** Whether a code was sent already. */
  readonly isSent: boolean
  readonly offersTrust: boolean
}

/** What a factor is called. */
export function factorName({ say }: Pick<PageRequest, 'say'>, factor: string): string {
  const id = `factor.${factor}`
  return isText(id) ? say(id) : factor
}

/** Its icon. */
export function factorIcon(factor: string): IconName {
  const icons: Readonly<Record<string, IconName>> = {
    totp: 'phone',
    'recovery-codes': 'lifebuoy',
    passkey: 'passkey',
    email: 'mail',
    sms: 'phone',
  }
  return icons[factor] ?? 'shield'
}

/** Whether its code has to be sent first. */
export function isDelivered(factor: string): boolean {
  return factor === 'email' || factor === 'sms'
}

/** A form that answers the question. */
export function factorForm(request: PageRequest, question: FactorQuestion): Content {
  const { factor, isSent } = question
  if (factor === 'passkey') return passkeyForm(request, question)
  if (!isDelivered(factor)) return codeForm(request, question)
  return isSent ? html`${codeForm(request, question)}${sendForm(request, question)}` : sendForm(request, question)
}

function codeForm({ say }: PageRequest, { to, factor, fields, offersTrust }: FactorQuestion): Content {
  const isRecovery = factor === 'recovery-codes'
  const label = say(isRecovery ? 'field.recovery-code' : 'field.code')
  const id = `hint.${factor}`
  const hint = isText(id) ? { hint: say(id) } : {}
  return html`<form method="post" action="${to}">${hidden({ ...fields, factor })}
${field({ name: 'code', label, autocomplete: isRecovery ? 'off' : 'one-time-code', digits: !isRecovery, maxLength: 64, focus: true, ...hint })}
${offersTrust && checkbox('trust', say('unlock.trust'))}<button class="main">${say('continue')}</button></form>`
}

function sendForm({ say }: PageRequest, { sendTo, factor, fields, isSent }: FactorQuestion): Content {
  return html`<form method="post" action="${sendTo}">${hidden({ ...fields, factor })}
${!isSent && html`<p class="lead">${say(factor === 'sms' ? 'unlock.send-sms' : 'unlock.send-email')}</p>`}
<button class="${isSent ? 'quiet' : 'main'}">${say(isSent ? 'unlock.send-again' : 'unlock.send')}</button></form>`
}

function passkeyForm({ say }: PageRequest, { to, fields, options, offersTrust }: FactorQuestion): Content {
  return html`<p class="hint" data-without-passkeys>${say('passkey.script')}</p>
<form method="post" action="${to}" data-passkey="get" data-options="${JSON.stringify(options ?? {})}" hidden>
${hidden({ ...fields, factor: 'passkey', response: '' })}<p class="alert" role="alert" hidden>${say('passkey.failed')}</p>
<p class="lead">${say('hint.passkey')}</p>${offersTrust && checkbox('trust', say('unlock.trust'))}
<button class="main">${icon('passkey')}${say('passkey.use')}</button></form>`
}
