import type { Enrolled } from '@sallyport/core'
import { html } from '../html.ts'
import { card, heading, onward } from '../look/parts.ts'
import type { PageRequest } from '../request.ts'
import type { Outcome } from '../outcome.ts'
import { cookiesOf } from './enter.ts'

/** Codes to keep, shown this once: in the answer itself, since nothing keeps them for a second look. */
export function codesPage({ answer, result }: Enrolled, { say, site, auth }: PageRequest): Outcome {
  const codes = (Array.isArray(answer['codes']) ? answer['codes'] : []).map(String)
  const text = `${say('codes.file', { service: site.service })}\n\n${codes.join('\n')}\n`
  const href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`
  const list = codes.map((code) => html`<li><code>${code}</code></li>`)
  const body = html`${heading(say('codes.title'), say('codes.save'))}
${card(
  undefined,
  html`<ol class="codes" id="codes" aria-label="${say('codes.title')}">${list}</ol>
<div class="actions"><a class="button other" href="${href}" download="${say('codes.file-name')}">${say('codes.download')}</a>
<button type="button" class="other" data-copy="codes" data-done="${say('copied')}" hidden>${say('copy')}</button>
<button type="button" class="other" data-print hidden>${say('print')}</button></div>`,
)}
${onward(site.url('/factors'), say('codes.saved'))}`
  const page = { title: say('codes.title'), area: 'account', section: '/factors', back: '/factors', body } as const
  return { page, cookies: result === undefined ? [] : cookiesOf(auth, result) }
}
