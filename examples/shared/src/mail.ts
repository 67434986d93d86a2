import type { Deliver } from '@sallyport/core'
import { createTransport } from 'nodemailer'
import { EnvironmentError } from './environment-error.ts'
import { writeLetter } from './letters.ts'

/** What sends messages, and ends the connections that it keeps. */
export interface Mail {
  readonly deliver: Deliver
  close(): void
}

/**
 * Sends e-mail by `smtp://user:password@host:port` or `smtps://…`; `?from=` says who writes. TLS is used where the server
 * has it; with a user name it must, or nothing is sent.
 */
export function openMail(text: string, service: string): Mail {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    // Not quoted: there may be a password in it.
    throw new EnvironmentError('MAIL', 'is no address of a mail server', 'write it as smtp://user:password@host:port')
  }
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  const transport = createTransport({
    host: url.hostname,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && user !== '',
    ...(user !== '' && { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 10_000,
  })
  const from = url.searchParams.get('from') ?? `sallyport@${/^https?:\/\/([^:/]+)/.exec(service)?.[1] ?? 'localhost'}`
  return {
    async deliver(message) {
      const { subject, text } = writeLetter(message)
      await transport.sendMail({ from, to: message.to, subject, text })
    },
    close: () => transport.close(),
  }
}
