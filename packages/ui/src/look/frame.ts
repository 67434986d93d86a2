import { randomBytes } from 'node:crypto'
import type { Assets } from '../assets.ts'
import { type Content, type Html, html, trusted } from '../html.ts'
import type { Policy } from '../reply.ts'
import { isInPlace, type PageRequest, type Site } from '../request.ts'
import type { Page } from '../outcome.ts'
import { action } from './forms.ts'
import { icon, mark, markAddress } from './icons.ts'
import { type Section, sections } from './sections.ts'

/** Puts the frame around a page. */
export type Frame = (request: PageRequest, page: Page) => { readonly text: string; readonly policy: Policy }

/** The frame of a site: its head, and for whoever is in, the way around. */
export function createFrame(site: Site, assets: Assets): Frame {
  const { logo, service, stylesheet, url } = site
  const pictures = [logo?.src, logo?.dark].flatMap((src) => (src?.startsWith('https:') ? [new URL(src).origin] : []))

  const brand = html`<a class="brand" href="${site.home}">${picture(site)}<span class="${logo && 'unseen'}">${service}</span></a>`

  function top(request: PageRequest, { area }: Page): Html {
    const { person, say } = request
    if (area === 'door' || person.status !== 'unlocked') return html`<header class="top">${brand}</header>`
    const { user } = person.principal
    const name = html`<span class="name">${user.displayName ?? user.username}</span>`
    // In a user's place the banner has the way out.
    const out = !isInPlace(request) && action(url('/log-out'), say('log-out'))
    return html`<header class="top">${brand}
<div class="who">${name}${out}</div></header>`
  }

  /** Who acts for somebody else is not to forget it. */
  function banner({ person, say }: PageRequest): Content {
    if (person.status !== 'unlocked' || !isInPlace({ person })) return undefined
    const { user } = person.principal
    const now = say('impersonation.now', { name: user.username })
    const end = action(url('/log-out'), say('impersonation.end'))
    return html`<aside class="banner" aria-label="${say('impersonation.label')}"><p>${now}</p>${end}</aside>`
  }

  /** What is sure to be refused to whoever acts in a user's place can't be pressed either. */
  function still(request: PageRequest, body: Html): Html {
    if (!isInPlace(request)) return body
    return html`<fieldset class="still" aria-label="${request.say('impersonation.label')}" disabled>${body}</fieldset>`
  }

  function around(request: PageRequest, page: Page): Html {
    const { say, person } = request
    if (page.area === 'door' || person.status !== 'unlocked')
      return html`<main id="main" class="door">${still(request, page.body)}</main>`
    const { account, admin } = sections(request)
    const items = (list: readonly Section[]) =>
      list.map(({ path, label, icon: name }) => {
        const current = page.section === path && trusted(' aria-current="page"')
        return html`<li><a href="${url(path)}"${current}>${icon(name)}${label}</a></li>`
      })
    const administration = admin.length > 0 && html`<h2>${say('nav.admin')}</h2><ul>${items(admin)}</ul>`
    // On a small screen the overview is the way around, and every section leads back to it.
    const back = page.back ?? (page.section === '' ? undefined : '')
    const backTo = [...account, ...admin].find(({ path }) => path === back)
    const isNarrow = page.back === undefined && ' narrow'
    return html`<div class="room"><nav aria-label="${say('nav.label')}"><ul>${items(account)}</ul>${administration}</nav>
<main id="main">${backTo && html`<a class="back${isNarrow}" href="${url(backTo.path)}">${icon('back')}${backTo.label}</a>`}
${still(request, page.body)}</main></div>`
  }

  return (request, page) => {
    const nonce = randomBytes(16).toString('base64')
    const { say, language } = request
    const style = (href: string) => html`<link rel="stylesheet" href="${href}" nonce="${nonce}">`
    const text = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
${page.leadsTo && html`<meta http-equiv="refresh" content="0; url=${page.leadsTo}">`}
<title>${page.title} · ${service}</title>
<link rel="icon" href="${logo?.src ?? markAddress}">
${style(assets.style)}${stylesheet && style(stylesheet)}
<script type="module" src="${assets.script}" nonce="${nonce}"></script></head>
<body class="${page.area}"><a class="skip" href="#main">${say('skip')}</a>
${banner(request)}${top(request, page)}${around(request, page)}</body></html>
`
    return { text: text.toString(), policy: { nonce, pictures } }
  }
}

function picture({ logo, service }: Site): Content {
  if (logo === undefined) return mark
  const dark = logo.dark && html`<source srcset="${logo.dark}" media="(prefers-color-scheme: dark)">`
  return html`<picture>${dark}<img class="logo" src="${logo.src}" alt="${service}"></picture>`
}
