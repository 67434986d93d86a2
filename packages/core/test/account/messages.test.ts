import type { Message } from '@sallyport/core'
import { escapeHtml, messageTexts, messageWriter } from '@sallyport/core/messages'
import { describe, expect, test } from 'vitest'
import { secret } from '../../src/secret.ts'

const user = { id: 'u1', username: 'ann', roles: [] }
const link = secret('https://app.example.com/choose-password#token=sp_r_x&y')
const expiresAt = Date.UTC(2026, 0, 2, 3, 4)
const base = { to: 'ann@example.com', channel: 'email', user, client: { address: '203.0.113.7' } } as const
const reset: Message = { ...base, type: 'password-reset', link, expiresAt }
const messages: readonly Message[] = [
  reset,
  { ...base, type: 'invitation', link, expiresAt },
  { ...base, type: 'email-verification', link, expiresAt },
  { ...base, type: 'email-change', link, expiresAt },
  { to: 'new@example.com', channel: 'email', type: 'registration', link, expiresAt },
  { ...base, type: 'code', code: secret('123456'), purpose: 'step-up', expiresAt },
  { ...base, type: 'enrolment-ticket', ticket: secret('sp_e_x'), expiresAt },
  { ...base, type: 'notice', notice: 'email_changed', at: expiresAt },
]

describe('a message', () => {
  test('is written as text and as HTML', () => {
    const { subject, text, html } = messageWriter({ service: 'Acme' })(reset)
    expect(subject).toBe('A new password for Acme')
    expect(text).toContain(`\n\n${link.reveal()}\n\n`)
    expect(text).toContain('Good until 2026-01-02 03:04 UTC, and once.')
    expect(text).toContain('Asked for from: 203.0.113.7')
    expect(html).toContain('<a href="https://app.example.com/choose-password#token=sp_r_x&#38;y"')
  })

  test.each(messages)('of type $type leaves no place empty', (message) => {
    const written = messageWriter({ service: 'Acme' })(message)
    expect(Object.values(written).join('\n')).not.toMatch(/\{\w+\}|undefined/)
    expect(written.subject).not.toBe('')
  })

  test('is in the language and the layout that the application gives', () => {
    const write = messageWriter({
      service: 'Acme',
      texts: ({ user: to }) => (to?.id === 'u1' ? { 'password-reset.subject': 'Neues Passwort für {service}' } : {}),
      layout: (subject, paragraphs) => `${escapeHtml(subject)}|${paragraphs.map(({ kind }) => kind).join()}`,
      time: (at) => `#${at}#`,
    })
    expect(write(reset)).toMatchObject({
      subject: 'Neues Passwort für Acme',
      html: 'Neues Passwort für Acme|text,link,small,small,small,small',
    })
    expect(write(reset).text).toContain(`#${expiresAt}#`)
  })

  test('what a user or a client says of itself is no markup, no header and no place', () => {
    const mallory = { ...user, username: '<img src=x>\r\nBcc: x@example.com {link}' }
    const sent: Message = { ...reset, user: mallory, client: { address: '"><script>' } }
    const write = messageWriter({ service: 'Acme', texts: { 'password-reset.subject': 'For {user}' } })
    const { subject, text, html } = write(sent)
    expect(subject).toBe('For <img src=x> Bcc: x@example.com {link}')
    expect(text).not.toContain('\r')
    expect(html).not.toMatch(/<img|<script/)
  })

  test('has a text for everything', () => {
    for (const [id, text] of Object.entries(messageTexts)) expect([id, text.trim()]).toEqual([id, text])
  })
})
