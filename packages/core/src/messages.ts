import type { Message } from './message.ts'
import { type MessageTextId, messageTexts, type MessageTexts } from './message-texts.ts'

export { type MessageTextId, messageTexts, type MessageTexts } from './message-texts.ts'

/** A message, ready to be sent. */
export interface RenderedMessage {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** One paragraph: `link` is one that consists of nothing but the link, `code` of what is to be typed. */
export interface Paragraph {
  readonly kind: 'text' | 'link' | 'code' | 'small'
  readonly text: string
}

/** How messages are written. */
export interface MessageWriting {
  /** What the service is called. */
  readonly service: string
  /** Texts in place of ours: some, or all in the language of the user. */
  readonly texts?: Partial<MessageTexts> | ((message: Message) => Partial<MessageTexts>) | undefined
  /** An instant as it is written. */
  readonly time?: ((at: number) => string) | undefined
  /** The HTML around and of the paragraphs, whose texts are not yet escaped: `escapeHtml` does that. */
  readonly layout?: ((subject: string, paragraphs: readonly Paragraph[]) => string) | undefined
}

/** Writes messages as plain text and as HTML. What a user or a client says of themselves is never markup. */
export function messageWriter(writing: MessageWriting): (message: Message) => RenderedMessage {
  const { service, texts = {}, time = utc, layout = plainLayout } = writing

  return (message) => {
    const own = typeof texts === 'function' ? texts(message) : texts
    const values: Values = { service, ...valuesOf(message, time) }
    // In one pass: what is put in is not looked at for more to put in.
    const say = (id: MessageTextId): string =>
      (own[id] ?? messageTexts[id]).replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
    const subject = oneLine(say(subjectOf(message)))
    const paragraphs = paragraphsOf(message, say, values)
    const text = `${paragraphs.map((paragraph) => paragraph.text).join('\n\n')}\n`
    return { subject, text, html: layout(subject, paragraphs) }
  }
}

/** A text as HTML that shows it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

type Values = Readonly<Record<string, string | undefined>>

function valuesOf(message: Message, time: (at: number) => string): Values {
  return {
    user: oneLine(message.user?.username ?? message.to),
    address: message.client?.address,
    code: message.type === 'code' ? message.code.reveal() : ticketOf(message),
    link: 'link' in message ? message.link.reveal() : undefined,
    until: 'expiresAt' in message ? time(message.expiresAt) : undefined,
    at: message.type === 'notice' ? time(message.at) : undefined,
  }
}

function ticketOf(message: Message): string | undefined {
  return message.type === 'enrolment-ticket' ? message.ticket.reveal() : undefined
}

function subjectOf(message: Message): MessageTextId {
  if (message.type === 'notice') return `notice.${message.notice}`
  return message.type === 'code' ? `code.${message.purpose}.subject` : `${message.type}.subject`
}

/** What somebody should do whom the message has reached by mistake. */
function strangerOf(message: Exclude<Message, { readonly type: 'notice' }>): MessageTextId {
  const isProof = message.type === 'code' && Object.hasOwn(messageTexts, `${message.purpose}.subject`)
  return isProof ? 'code.address.stranger' : `${message.type}.stranger`
}

function paragraphsOf(message: Message, say: (id: MessageTextId) => string, values: Values): readonly Paragraph[] {
  const small = (id: MessageTextId): Paragraph => ({ kind: 'small', text: say(id) })
  const about = [
    ...(message.user === undefined ? [] : [small('about.user')]),
    ...(values['address'] === undefined ? [] : [small('about.address')]),
  ]
  if (message.type === 'notice') {
    return [
      { kind: 'text', text: `${say(subjectOf(message))}.` },
      small('about.at'),
      ...about,
      small('notice.stranger'),
    ]
  }
  const { link } = values
  const body: Paragraph = { kind: link === undefined ? 'code' : 'text', text: say(`${message.type}.body`) }
  const links: readonly Paragraph[] = link === undefined ? [] : [{ kind: 'link', text: link }]
  return [body, ...links, small('about.until'), ...about, small(strangerOf(message))]
}

function plainLayout(subject: string, paragraphs: readonly Paragraph[]): string {
  const style =
    'font-family: system-ui, sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto; padding: 0 1em'
  const title = escapeHtml(subject)
  const body = paragraphs.map(htmlOf).join('\n')
  return `<!doctype html>\n<html><head><meta charset="utf-8"><title>${title}</title></head>\n<body style="${style}">\n${body}\n</body></html>\n`
}

function htmlOf({ kind, text }: Paragraph): string {
  const shown = escapeHtml(text)
  if (kind === 'link') return `<p><a href="${shown}" rel="noreferrer">${shown}</a></p>`
  if (kind === 'code') return `<p style="font-size: 1.25em"><strong>${shown}</strong></p>`
  return kind === 'small' ? `<p style="color: #555; font-size: 0.9em">${shown}</p>` : `<p>${shown}</p>`
}

// A subject is a header: no line may end in it.
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
