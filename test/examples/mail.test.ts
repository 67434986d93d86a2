import { type Message, type User } from '@sallyport/core'
import { afterEach, expect, test } from 'vitest'
import { openMail } from '../../examples/shared/src/mail.ts'
import { type MailServer, startMailServer } from './smtp.ts'

const user: User = { id: 'u1', username: 'ada', roles: [] }
const secret = (text: string) => ({ reveal: () => text })
const code = {
  type: 'code',
  channel: 'email',
  to: 'ada@example.com',
  user,
  purpose: 'unlock',
  code: secret('271008'),
  expiresAt: Date.parse('2026-02-03T04:05:06Z'),
  client: { address: '203.0.113.7', userAgent: 'x' },
} as unknown as Message

const servers: MailServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start(of?: { readonly name: string; readonly password: string }): Promise<MailServer> {
  const server = await startMailServer(of)
  servers.push(server)
  return server
}

test('a code arrives at a real mail server, with what it is for, until when, and who asked', async () => {
  const server = await start()
  const mail = openMail(`${server.url}?from=door@example.com`, 'https://docs.example.com')
  await mail.deliver(code)
  mail.close()
  const { from, to, text } = await server.next(/^Subject: Your code to log in\r$/m)
  expect([from, to]).toEqual(['door@example.com', ['ada@example.com']])
  expect(text).toMatch(/^271008\r$/m)
  expect(text).toMatch(/^Good until 2026-02-03 04:05 UTC, and once\.\r$/m)
  expect(text).toMatch(/^Account: ada\r$/m)
  expect(text).toMatch(/^Asked for from: 203\.0\.113\.7\r$/m)
})

test('tickets and notices have words of their own', async () => {
  const server = await start()
  const mail = openMail(server.url, 'https://docs.example.com')
  const to = { channel: 'email', to: 'ada@example.com', user } as const
  await mail.deliver({ ...to, type: 'enrolment-ticket', ticket: secret('t-1'), expiresAt: 0 } as unknown as Message)
  await mail.deliver({ ...to, type: 'notice', notice: 'factor_removed', at: 0, factor: 'totp' })
  mail.close()
  expect((await server.next(/Subject: Your ticket/)).text).toMatch(/^t-1\r$/m)
  const { from, text } = await server.next(/Subject: A second step was removed/)
  expect(from).toBe('sallyport@docs.example.com')
  expect(text).toMatch(/If that was not you, change your password/)
})

test('a name and a password are not said to a server without a trusted certificate, and no letter is', async () => {
  const server = await start({ name: 'app', password: 'hush' })
  const { host } = new URL(server.url)
  const mail = openMail(`smtp://app:hush@${host}`, 'https://docs.example.com')
  await expect(mail.deliver(code)).rejects.toThrow(/certificate/)
  mail.close()
  expect(server.letters).toEqual([])
})
