import { type Content, html } from '../html.ts'
import { checkbox, codeField, field, hidden, passkeyForm, post } from '../look/forms.ts'
import { icon, type IconName } from '../look/icons.ts'
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
  if (factor === 'passkey') return passkeyQuestion(request, question)
  if (!isDelivered(factor)) return codeForm(request, question)
  return [isSent && codeForm(request, question), sendForm(request, question)]
}

function codeForm(request: PageRequest, { to, factor, fields, offersTrust }: FactorQuestion): Content {
  const { say } = request
  const id = `hint.${factor}`
  const hint = isText(id) ? say(id) : ''
  const recovery = { name: 'code', label: say('field.recovery-code'), maxLength: 64, focus: true, hint }
  const code = factor === 'recovery-codes' ? field(recovery) : codeField(request, hint, { focus: true })
  const trust = offersTrust && checkbox('trust', say('unlock.trust'))
  return post(to, [hidden({ ...fields, factor }), code, trust], say('continue'))
}

function sendForm({ say }: PageRequest, { sendTo, factor, fields, isSent }: FactorQuestion): Content {
  const lead = !isSent && html`<p class="lead">${say(factor === 'sms' ? 'unlock.send-sms' : 'unlock.send-email')}</p>`
  const label = say(isSent ? 'unlock.send-again' : 'unlock.send')
  return post(sendTo, [hidden({ ...fields, factor }), lead], label, isSent ? 'quiet' : 'main')
}

function passkeyQuestion(request: PageRequest, { to, fields, options, offersTrust }: FactorQuestion): Content {
  const { say } = request
  const trust = offersTrust && checkbox('trust', say('unlock.trust'))
  const use = html`${hidden({ ...fields, factor: 'passkey' })}<p class="lead">${say('hint.passkey')}</p>${trust}
<button class="main">${icon('passkey')}${say('passkey.use')}</button>`
  return html`<p class="hint" data-without-passkeys>${say('passkey.script')}</p>
${passkeyForm(request, to, 'get', { given: options ?? {} }, use)}`
}
