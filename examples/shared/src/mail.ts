import type { Deliver } from '@sallyport/core'
import { messageWriter } from '@sallyport/core/messages'
import { createTransport } from 'nodemailer'
import { EnvironmentError } from './environment-error.ts'

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
  const write = messageWriter({
    service: 'the document service',
    // What is to be typed in stands in a line of its own, where it is easily copied.
    texts: { 'code.body': '{code}', 'enrolment-ticket.body': '{code}' },
  })
  return {
    async deliver(message) {
      const { subject, text } = write(message)
      await transport.sendMail({ from, to: message.to, subject, text })
    },
    close: () => transport.close(),
  }
}
