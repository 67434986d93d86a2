import type { AuthError } from '@sallyport/core'
import { type Content, type Html, html, trusted } from '../html.ts'
import type { PageRequest } from '../request.ts'
import { isText } from '../texts.ts'
import { icon, type IconName } from './icons.ts'

type Say = Pick<PageRequest, 'say'>
type Speaking = Pick<PageRequest, 'say' | 'language'>

/** A field of a form under its label. */
export interface FieldOptions {
  readonly name: string
  readonly label: string
  readonly id?: string
  readonly type?: 'text' | 'password' | 'email' | 'search' | 'date'
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
    hint !== undefined && html` aria-describedby="${hintId}"`,
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
export function action(to: string, label: string, kind: 'quiet' | 'danger' | 'main' = 'quiet', about?: string): Html {
  return html`<form method="post" action="${to}"><button class="${kind}">${label}${about && html`<span class="unseen"> ${about}</span>`}</button></form>`
}

/** A button behind a question: what can't be undone takes two steps, without any script. */
export function careful(label: string, about: string, question: string, content: Content): Html {
  return html`<details class="careful"><summary>${label}<span class="unseen"> ${about}</span></summary><div class="question"><p>${question}</p>${content}</div></details>`
}

/** What was wrong, as the first thing that is read. */
export function alert({ say, language }: Speaking, failure: AuthError | undefined): Content {
  if (failure === undefined) return undefined
  const { code, detail, retryAfterMs } = failure
  const minutes = retryAfterMs && Math.ceil(retryAfterMs / 60_000)
  const when = minutes && new Intl.RelativeTimeFormat(language).format(minutes, 'minute')
  const more = when ? say('error.retry', { when }) : detail
  return html`<div class="alert" role="alert">${icon('warning')}<div><p>${say(`error.${code}`)}</p>${more && html`<p>${more}</p>`}</div></div>`
}

/** What was done a moment ago, as the address says by an id of ours. */
export function notice({ say, query }: Pick<PageRequest, 'say' | 'query'>): Content {
  const id = `done.${query['done'] ?? ''}`
  return isText(id) && html`<div class="notice" role="status">${icon('done')}<p>${say(id)}</p></div>`
}

/** The heading of a page, with what it is about. */
export function heading(title: string, lead?: Content): Html {
  return html`<h1>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}`
}

/** A part of a page under a heading of its own. */
export function card(title: string | undefined, content: Content, lead?: string): Html {
  return html`<section class="card">${title && html`<h2>${title}</h2>`}${lead && html`<p class="lead">${lead}</p>`}${content}</section>`
}

/** One thing of a list: what it is, what there is to know of it, and what can be done with it. */
export interface Row {
  readonly icon?: IconName
  readonly title: Content
  readonly badge?: Content
  /** Whether the badge is a warning. */
  readonly isBad?: boolean
  readonly facts?: readonly Content[]
  readonly actions?: Content
}

/** A list of things. */
export function rows(label: string, items: readonly Row[], none: string): Html {
  if (items.length === 0) return html`<p class="none">${none}</p>`
  return html`<ul class="rows" aria-label="${label}">${items.map(
    ({
      icon: name,
      title,
      badge,
      isBad,
      facts = [],
      actions,
    }) => html`<li>${name && html`<span class="sign">${icon(name)}</span>`}
<div class="what"><p class="title">${title}${badge && html` <span class="badge${isBad === true && ' bad'}">${badge}</span>`}</p>${facts.map((fact) => fact && html`<p class="fact">${fact}</p>`)}</div>
${actions && html`<div class="actions">${actions}</div>`}</li>`,
  )}</ul>`
}

/** A link to the next part of a list. */
export function more({ say }: Say, next: string | undefined, to: (cursor: string) => string): Content {
  return next !== undefined && html`<p class="more"><a class="button quiet" href="${to(next)}">${say('more')}</a></p>`
}
