import type { CodePurpose, Deliver, Message, Secret } from '@sallyport/core'
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
  return {
    async deliver(message) {
      await transport.sendMail({ from, to: message.to, ...write(message) })
    },
    close: () => transport.close(),
  }
}

interface Letter {
  readonly subject: string
  readonly text: string
}

const notices: Readonly<Record<string, string>> = {
  factor_enrolled: 'A second factor was added to your account',
  factor_removed: 'A second factor was removed from your account',
  factor_replaced: 'A second factor of your account was replaced',
  factors_reset: 'An administrator has removed the second factors of your account',
  recovery_code_used: 'A recovery code of your account was used',
}

const purposes: Readonly<Record<CodePurpose, string>> = {
  unlock: 'to log in',
  'step-up': 'to confirm that it is you',
  enrol: 'to have codes sent here',
  registration: 'to register',
  'email-verification': 'to confirm your address',
  'email-change': 'to confirm your new address',
}

function write(message: Message): Letter {
  const { user, client } = message
  const about = [
    `Account: ${user?.username ?? message.to}`,
    ...(client?.address ? [`Asked for from: ${client.address}`] : []),
  ]
  if (message.type === 'notice') {
    const subject = notices[message.notice] ?? 'Something about your account has changed'
    const help = 'If that was not you, change your password, look at your sessions, and tell an administrator.'
    return letter(subject, `${subject}.`, ...about, '', help)
  }
  const until = `Good until ${new Date(message.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC.`
  const stranger = 'If you did not ask for it, somebody may know your password: change it.'
  const send = (subject: string, what: Secret) => letter(subject, what.reveal(), '', until, ...about, '', stranger)
  if (message.type === 'code') return send(`Your code ${purposes[message.purpose]}`, message.code)
  if (message.type === 'enrolment-ticket') return send('Your ticket to set up a second factor', message.ticket)
  return send('Your link', message.link)
}

function letter(subject: string, ...lines: readonly string[]): Letter {
  return { subject, text: `${lines.join('\n')}\n` }
}
