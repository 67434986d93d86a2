import type { AuthError, ErrorCode } from '@sallyport/core'
import { type Content, type Html, html } from '../html.ts'
import type { PageRequest } from '../request.ts'
import { isText, type TextId } from '../texts.ts'
import { icon, type IconName } from './icons.ts'

type Say = Pick<PageRequest, 'say'>
type Speaking = Pick<PageRequest, 'say' | 'language'>

/** What was wrong, as the first thing that is read; `called` says it of a page that calls things by other names. */
export function alert(
  { say, language }: Speaking,
  failure: AuthError | undefined,
  called: Partial<Record<ErrorCode, TextId>> = {},
): Content {
  if (failure === undefined) return undefined
  const { code, detail, retryAfterMs } = failure
  const minutes = retryAfterMs && Math.ceil(retryAfterMs / 60_000)
  const when = minutes && new Intl.RelativeTimeFormat(language).format(minutes, 'minute')
  const more = when ? say('error.retry', { when }) : detail
  return html`<div class="alert" role="alert">${icon('warning')}
<div><p>${say(called[code] ?? `error.${code}`)}</p>${more && html`<p>${more}</p>`}</div></div>`
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
  return html`<ul class="rows" aria-label="${label}">${items.map(rowItem)}</ul>`
}

function rowItem({ icon: name, title, badge, isBad, facts = [], actions }: Row): Html {
  const sign = name && html`<span class="sign">${icon(name)}</span>`
  const mark = badge && html` <span class="badge${isBad === true && ' bad'}">${badge}</span>`
  return html`<li>${sign}<div class="what"><p class="title">${title}${mark}</p>
${facts.map((fact) => fact && html`<p class="fact">${fact}</p>`)}</div>
${actions && html`<div class="actions">${actions}</div>`}</li>`
}

/** A link to the next part of a list. */
export function more({ say }: Say, next: string | undefined, to: (cursor: string) => string): Content {
  return next !== undefined && html`<p class="more"><a class="button quiet" href="${to(next)}">${say('more')}</a></p>`
}

/** A place to go to, with what there is to know of it. */
export interface Tile {
  readonly to: string
  readonly icon: IconName
  readonly title: string
  readonly fact: string
}

/** Places to go to. */
export function tiles(places: readonly Tile[]): Html {
  const items = places.map(
    ({ to, icon: name, title, fact }) =>
      html`<li><a href="${to}">${icon(name)}
<span><span class="title">${title}</span><span class="fact">${fact}</span></span></a></li>`,
  )
  return html`<ul class="tiles">${items}</ul>`
}

/** What comes after a page: the one thing to do then. */
export function onward(to: string, label: string): Html {
  return html`<div class="after"><a class="button main" href="${to}">${label}</a></div>`
}

/** A link below the card at the door, after a few words. */
export function below(to: string, label: string, words?: string): Html {
  return html`<p class="below">${words} <a href="${to}">${label}</a></p>`
}

/** Other ways to the same end, under a heading that says so. */
export function others(label: string, ways: readonly Content[]): Content {
  return ways.length > 0 && html`<h2 class="or"><span>${label}</span></h2><div class="others">${ways}</div>`
}

/** A link that looks like a button of second rank. */
export function otherLink(to: string, label: string, name?: IconName): Html {
  return html`<a class="button other" href="${to}">${name && icon(name)}${label}</a>`
}
