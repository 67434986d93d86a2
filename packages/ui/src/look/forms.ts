import { type Content, type Html, html, trusted } from '../html.ts'
import type { PageRequest } from '../request.ts'

/** A field of a form under its label. */
export interface FieldOptions {
  readonly name: string
  readonly label: string
  readonly id?: string
  readonly type?: 'text' | 'password' | 'email' | 'search' | 'date' | 'tel'
  readonly value?: string | undefined
  readonly autocomplete?: string
  readonly hint?: string
  readonly isOptional?: boolean
  /** Of digits, and of how many. */
  readonly digits?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  readonly min?: string
  readonly focus?: boolean
}

/** A field under its label, with what there is to know of it. */
export function field(options: FieldOptions): Html {
  const { name, label, type = 'text', value, autocomplete = 'off', hint, isOptional, digits, minLength, min } = options
  const { id = `field-${name}`, maxLength = 1024, focus } = options
  const hintId = `${id}-hint`
  return html`<div class="field"><label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" maxlength="${maxLength}"${[
    !isOptional && trusted(' required'),
    minLength !== undefined && html` minlength="${minLength}"`,
    min !== undefined && html` min="${min}"`,
    digits && trusted(' inputmode="numeric" class="code"'),
    focus && trusted(' autofocus'),
    hint && html` aria-describedby="${hintId}"`,
    type === 'text' && trusted(' autocapitalize="none" spellcheck="false"'),
  ]}>${hint && html`<p class="hint" id="${hintId}">${hint}</p>`}</div>`
}

/** A box to tick. */
export function checkbox(name: string, label: string, isChecked = false, hint?: string): Html {
  const id = `box-${name}`
  return html`<div class="check"><input type="checkbox" id="${id}" name="${name}" value="on"${isChecked && trusted(' checked')}${
    hint && html` aria-describedby="${id}-hint"`
  }><label for="${id}">${label}</label>${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}</div>`
}

/** One of several, by value and label. */
export function select(
  name: string,
  label: string,
  choices: readonly (readonly [string, string])[],
  chosen?: string,
  id: string = `field-${name}`,
): Html {
  const options = choices.map(
    ([value, text]) => html`<option value="${value}"${value === chosen && trusted(' selected')}>${text}</option>`,
  )
  return html`<div class="field"><label for="${id}">${label}</label><select id="${id}" name="${name}">${options}</select></div>`
}

/** Fields that nobody sees. */
export function hidden(fields: Readonly<Record<string, string | undefined>>): readonly Content[] {
  return Object.entries(fields).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`,
  )
}

/** A form of its own for one button. `about` tells several buttons of a name apart to who can't see where they are. */
export function action(to: string, label: string, kind: ButtonKind = 'quiet', about?: string): Html {
  return post(to, undefined, html`${label}${about && html`<span class="unseen"> ${about}</span>`}`, kind)
}

/** A button behind a question: what can't be undone takes two steps, without any script. */
export function careful(label: string, about: string, question: string, content: Content, isDangerous = false): Html {
  return html`<details class="careful${isDangerous && ' danger'}"><summary>${label}<span class="unseen"> ${about}</span></summary>
<div class="question"><p>${question}</p>${content}</div></details>`
}

/** How a button looks: the one that matters, another one, one that can do harm, or one in a list. */
export type ButtonKind = 'main' | 'other' | 'danger' | 'quiet'

/** A form with the button that sends it. */
export function post(to: string, content: Content, label: Content, kind: ButtonKind = 'main'): Html {
  return html`<form method="post" action="${to}">${content}<button class="${kind}">${label}</button></form>`
}

/** The password that somebody has. */
export function ownPassword({ say }: Pick<PageRequest, 'say'>, more: Partial<FieldOptions> = {}): Html {
  const options = { name: 'password', label: say('field.password'), maxLength: 4096, ...more }
  return field({ ...options, type: 'password', autocomplete: 'current-password' })
}

/** A password that somebody is to have, with what it must be. */
export function newPassword({ say, auth }: PageRequest, label: string, more: Partial<FieldOptions> = {}): Html {
  const { minPasswordLength: minLength } = auth.features
  const options = { name: 'password', label, minLength, maxLength: 4096, ...more }
  return field({
    ...options,
    type: 'password',
    autocomplete: 'new-password',
    hint: say('hint.password', { length: minLength }),
  })
}

/** Whose password it is, for password managers, which keep a new one under that name. */
export function namedFor({ say }: Pick<PageRequest, 'say'>, username: string): Html {
  return html`<input class="unseen" type="text" name="username" value="${username}" autocomplete="username"
 readonly tabindex="-1" aria-label="${say('field.username')}">`
}

/** A code of digits that was sent, or that an application shows. */
export function codeField({ say }: Pick<PageRequest, 'say'>, hint: string, more: Partial<FieldOptions> = {}): Html {
  const options = { name: 'code', label: say('field.code'), maxLength: 12, hint, ...more }
  return field({ ...options, autocomplete: 'one-time-code', digits: true })
}

/** What somebody wants to be called. */
export function displayNameField({ say }: Pick<PageRequest, 'say'>, value: string | undefined): Html {
  const label = say('field.display-name-optional')
  return field({ name: 'displayName', label, value, autocomplete: 'name', maxLength: 200, isOptional: true })
}

/** Roles, with commas between them. */
export function rolesField({ say }: Pick<PageRequest, 'say'>, value: string | undefined): Html {
  return field({ name: 'roles', label: say('field.roles'), value, isOptional: true, hint: say('hint.roles') })
}

/** A secret to copy: it is selected by hand, or by a button where there is a script. */
export function copyField({ say }: Pick<PageRequest, 'say'>, id: string, label: string, value: string): Html {
  return html`<div class="field"><label for="${id}">${label}</label><div class="copy">
<input id="${id}" class="secret" value="${value}" readonly spellcheck="false" autocomplete="off">
<button type="button" class="other" data-copy="${id}" data-done="${say('copied')}" hidden>${say('copy')}</button></div></div>`
}

/** A form that the script fills in with what a passkey says; without it nobody sees it. */
export function passkeyForm(
  { say }: Pick<PageRequest, 'say'>,
  to: string,
  kind: 'create' | 'get' | 'log-in',
  options: { readonly given: Readonly<Record<string, unknown>> } | { readonly from: string },
  content: Content,
): Html {
  const asked =
    'given' in options
      ? html`data-options="${JSON.stringify(options.given)}"`
      : html`data-options-from="${options.from}"`
  return html`<form method="post" action="${to}" data-passkey="${kind}" ${asked} hidden>
${hidden({ response: '' })}<p class="alert" role="alert" hidden>${say('passkey.failed')}</p>${content}</form>`
}
