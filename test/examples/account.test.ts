import { expect, test } from 'vitest'
import { browser, loggedIn, send } from './client.ts'
import { startMailServer } from './smtp.ts'
import { startExample, users, usersJson } from './start-example.ts'

const password = 'correct horse battery staple'

test('with MAIL people register by an address, and seeded users get a link for a forgotten password', async () => {
  const mail = await startMailServer()
  const example = await startExample('express', { USERS: usersJson, MAIL: mail.url })
  try {
    const { url } = example
    const tokenTo = async (email: string, subject: RegExp) => {
      const { to, text } = await mail.next(subject)
      expect(to).toEqual([email])
      const plain = text.replaceAll('=\r\n', '').replaceAll('=3D', '=')
      return /\/account\/choose-password\?link=(\S+)/.exec(plain)?.[1]
    }
    expect((await send(url, 'POST', '/auth/register', { body: { email: 'bob@example.com' } })).status).toBe(202)
    const body = { token: await tokenTo('bob@example.com', /Confirm your address/), password }
    expect((await send(url, 'POST', '/auth/password/reset', { body })).status).toBe(204)
    const bob = await loggedIn(url, { username: 'bob@example.com', password })
    expect((await bob.send('GET', '/api/v1/documents/1')).status).toBe(200)

    const [ada] = users
    expect((await send(url, 'POST', '/auth/password/forgot', { body: { username: 'ada' } })).status).toBe(202)
    const reset = { token: await tokenTo(ada.email, /A new password/), password }
    expect((await send(url, 'POST', '/auth/password/reset', { body: reset })).status).toBe(204)
    expect((await mail.next(/A new password was set/)).to).toEqual([ada.email])
    const admin = await loggedIn(url, { username: ada.email, password })
    expect((await admin.send('GET', '/auth/admin/users')).json.items.length).toBe(5)
    const events = await admin.send('GET', '/auth/events')
    expect(events.json.items.map((item) => (item as unknown as { type: string }).type)).toContain('password.reset')
  } finally {
    await example[Symbol.asyncDispose]()
    await mail.close()
  }
}, 30_000)

test('without it they do so by a user name', async () => {
  const example = await startExample('express')
  try {
    const body = { username: 'bob', password, roles: ['admin'] }
    const made = await browser(example.url).send('POST', '/auth/register', { body })
    expect([made.status, made.json.user]).toMatchObject([201, { username: 'bob', roles: ['reader'] }])
  } finally {
    await example[Symbol.asyncDispose]()
  }
}, 30_000)
