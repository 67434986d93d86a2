import { getRequestListener } from '@hono/node-server'
import type { Auth, Message } from '@sallyport/core'
import { sallyport as onHono } from '@sallyport/hono'
import { sallyport as onKoa } from '@sallyport/koa'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test, vi } from 'vitest'
import { serve, ways as others } from './application.ts'
import { browser, program, type Send, sendOver } from './client.ts'
import { goodPassword, house, otherPassword } from './house.ts'

/** How the account's routes are reached, by name: each answers alike. */
const ways: Readonly<Record<string, (auth: Auth) => Promise<Send>>> = {
  'auth.handle': others['auth.handle'],
  Express: others['Express 5'],
  Koa: async (auth) => sendOver((await serve(new Koa().use(onKoa(auth)).callback())).url),
  Hono: async (auth) => sendOver((await serve(getRequestListener(new Hono().use(onHono(auth)).fetch))).url),
}

describe.each(Object.keys(ways))('the account and its administration, through %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}) {
    const sent: Message[] = []
    const there = await house({
      deliver: (message) => void sent.push(message),
      registration: { by: 'email', roles: ['reader'] },
      permissions: ({ roles }) => (roles.includes('admin') ? ['sallyport:admin', 'documents:read'] : []),
      ...settings,
    })
    await there.auth.users.create({ username: 'root', password: goodPassword, roles: ['admin'] })
    const send = (await ways[way]?.(there.auth)) ?? expect.fail('there is no such way')
    const newest = (type: Message['type']): Promise<Message> =>
      vi.waitFor(() => sent.findLast((message) => message.type === type) ?? expect.fail('none yet'), { interval: 5 })
    const linkOf = async (type: Message['type']) => {
      const message = await newest(type)
      return 'link' in message ? message.link.reveal().split('token=')[1] : expect.fail('there is no link in it')
    }
    return { ...there, send, newest, linkOf, page: browser(send) }
  }

  test('somebody registers, proves the address, forgets the password, and changes the address', async () => {
    const { page, linkOf, send } = await open()
    const email = 'bob@example.com'
    expect(await page.send('POST', '/auth/register', { email })).toMatchObject({
      status: 202,
      json: { status: 'pending' },
    })
    const first = { token: await linkOf('registration'), password: goodPassword }
    expect((await page.send('POST', '/auth/password/reset', first)).status).toBe(204)
    expect((await page.send('POST', '/auth/password/reset', first)).json['code']).toBe('invalid_code')
    expect((await page.logIn({ username: email })).json).toMatchObject({ user: { email, emailVerified: true } })
    expect((await page.send('POST', '/auth/email/change', { email: 'bob@new.example' })).status).toBe(202)
    const change = { token: await linkOf('email-change') }
    expect((await page.send('POST', '/auth/email/change/confirm', change)).status).toBe(204)
    const other = browser(send)
    expect((await other.send('POST', '/auth/password/forgot', { email: 'bob@new.example' })).status).toBe(202)
    const reset = { token: await linkOf('password-reset'), password: otherPassword }
    expect((await other.send('POST', '/auth/password/reset', reset)).status).toBe(204)
    expect((await page.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await other.logIn({ username: 'bob@new.example', password: otherPassword })).status).toBe(200)
  })

  test('with codes nothing needs a link', async () => {
    const { page, newest } = await open({ verification: 'code' })
    const { json } = await page.send('POST', '/auth/register', { email: 'bob@example.com' })
    const message = await newest('code')
    const code = message.type === 'code' ? message.code.reveal() : ''
    const confirm = { flow: json['flow'], code, password: goodPassword }
    expect((await page.send('POST', '/auth/register/confirm', { ...confirm, code: 'x' })).json['code']).toBe(
      'invalid_code',
    )
    expect((await page.send('POST', '/auth/register/confirm', confirm)).status).toBe(201)
    expect((await page.logIn({ username: 'bob@example.com' })).status).toBe(200)
  })

  test('an administrator invites, disables, ends by condition, and deletes; nobody else does', async () => {
    const { page, send, linkOf, ann } = await open()
    const user = browser(send)
    await user.logIn()
    expect((await user.send('GET', '/auth/admin/users')).json).toMatchObject({
      code: 'forbidden',
      permission: 'sallyport:admin',
    })
    await page.logIn({ username: 'root' })
    const made = await page.send('POST', '/auth/admin/users', { username: 'bob', email: 'bob@example.com' })
    expect(made).toMatchObject({ status: 201, json: { invitation: { sentTo: 'bob@example.com' } } })
    const bob = browser(send)
    const choice = { token: await linkOf('invitation'), password: otherPassword }
    expect((await bob.send('POST', '/auth/password/reset', choice)).status).toBe(204)
    expect((await bob.logIn({ username: 'bob', password: otherPassword })).status).toBe(200)
    const { id } = made.json['user'] as { id: string }
    const admin = (method: string, path: string, body?: object) => page.send(method, `/auth/admin${path}`, body)
    expect((await admin('GET', '/users?search=bo')).json).toMatchObject({ items: [{ id, hasPassword: true }] })
    expect((await admin('GET', `/users/${id}/sessions`)).json).toMatchObject({ items: [{ methods: ['pwd'] }] })
    const condition = { user: ann.id, of: ['sessions'] }
    expect((await admin('POST', '/revoke', condition)).json).toMatchObject({ dryRun: true, matched: 1, revoked: 0 })
    expect((await admin('POST', '/revoke', { ...condition, dryRun: false })).json).toMatchObject({ revoked: 1 })
    expect((await user.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await admin('PATCH', `/users/${id}`, { disabled: true })).status).toBe(200)
    expect((await bob.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await admin('POST', '/revoke-everyone', {})).json).toEqual({ users: 2 })
    expect((await admin('DELETE', `/users/${id}`)).status).toBe(204)
    expect((await admin('GET', `/users/${id}`)).status).toBe(404)
  })

  test('in a user’s place the cookie is the user’s, and logging out leaves nobody', async () => {
    const { page, ann } = await open()
    await page.logIn({ username: 'root' })
    const mine = page.token
    const begun = await page.send('POST', `/auth/admin/users/${ann.id}/impersonate`, {})
    expect([begun.status, begun.json['token'], page.token === mine]).toEqual([200, undefined, false])
    expect((await page.send('GET', '/auth/session')).json).toMatchObject({ user: { id: ann.id }, impersonator: {} })
    expect((await page.send('POST', '/auth/api-tokens', { name: 'x' })).json['code']).toBe('own_session_required')
    expect((await page.send('POST', '/auth/logout', {})).status).toBe(204)
    expect((await page.send('GET', '/auth/session')).json['status']).toBe('anonymous')
    page.token = mine
    expect((await page.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
  })

  test('to a program the token of the user’s place goes back beside its own', async () => {
    const { send, ann } = await open()
    const own = program(send)
    await own.logIn({ username: 'root' })
    const mine = own.token
    const { json } = await own.send('POST', `/auth/admin/users/${ann.id}/impersonate`, {})
    expect(json).toMatchObject({ status: 'unlocked', user: { id: ann.id }, token: expect.stringMatching(/^sp_s_/) })
    own.token = mine
    expect((await own.send('GET', '/auth/session')).json['status']).toBe('unlocked')
  })
})
