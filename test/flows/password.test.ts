import { describe, expect, test } from 'vitest'
import { wayNames, ways } from './application.ts'
import { browser, program } from './client.ts'
import { goodPassword, hour, house, otherPassword } from './house.ts'

describe.each(wayNames)('password change, through %s', (way) => {
  async function open(settings: Parameters<typeof house>[0] = {}) {
    const there = await house(settings)
    const send = await ways[way](there.auth)
    const [page, phone, api] = [browser(send), browser(send), program(send)]
    await page.logIn()
    await phone.logIn()
    api.token = String((await page.send('POST', '/auth/api-tokens', { name: 'ci' })).json['token'])
    const status = async () => ({
      page: (await page.send('GET', '/auth/session')).json['status'],
      phone: (await phone.send('GET', '/auth/session')).json['status'],
      api: (await api.send('GET', '/auth/session')).json['status'],
    })
    const change = (fields: object = {}) =>
      page.send('POST', '/auth/password/change', { current: goodPassword, password: otherPassword, ...fields })
    return { ...there, send, page, phone, api, status, change }
  }

  test('ASVS 6.2.2, 6.2.3, 7.4.3: ends the other sessions, and answers with a new one', async () => {
    const { page, change, status, of, send } = await open()
    const before = page.token
    const answer = await change()
    expect([answer.status, answer.json['status']]).toEqual([200, 'unlocked'])
    expect(page.token).not.toBe(before)
    expect(await status()).toEqual({ page: 'unlocked', phone: 401, api: 'unlocked' })
    const old = browser(send)
    old.token = before
    expect((await old.send('GET', '/auth/session')).json['code']).toBe('invalid_token')
    expect((await old.logIn()).status).toBe(401)
    expect((await old.logIn({ password: otherPassword })).status).toBe(200)
    expect(of('password.changed')).toMatchObject([{ sessionsEnded: true, apiTokensEnded: false }])
  })

  test('ends API tokens when asked to', async () => {
    const { change, status } = await open()
    expect((await change({ revokeApiTokens: true })).status).toBe(200)
    expect(await status()).toEqual({ page: 'unlocked', phone: 401, api: 401 })
  })

  test('leaves other sessions when asked to', async () => {
    const { change, status } = await open()
    expect((await change({ revokeOthers: false })).status).toBe(200)
    expect(await status()).toEqual({ page: 'unlocked', phone: 'unlocked', api: 'unlocked' })
  })

  test('by query the new token is in the body', async () => {
    const { send } = await open()
    const client = program(send)
    await client.logIn()
    const before = client.token
    const answer = await client.send('POST', '/auth/password/change', {
      current: goodPassword,
      password: otherPassword,
    })
    expect([answer.status, answer.cookies]).toEqual([200, []])
    expect(client.token).not.toBe(before)
    expect((await client.send('GET', '/auth/session')).status).toBe(200)
  })

  test('401 for a wrong current password, counted with the log-ins; nothing changes', async () => {
    const { change, status, send } = await open()
    for (let i = 0; i < 10; i++) {
      const answer = await change({ current: 'a wrong passphrase' })
      expect([answer.status, answer.json['code']]).toEqual([401, 'invalid_credentials'])
    }
    expect((await change()).status).toBe(429)
    expect((await browser(send).logIn()).status).toBe(429)
    expect(await status()).toEqual({ page: 'unlocked', phone: 'unlocked', api: 'unlocked' })
  })

  test.each([
    ['too_short', 'fourteen chars'],
    ['common', 'passwordpassword'],
    ['context', 'ann ann ann ann ann'],
  ])('ASVS 6.2.1, 6.2.4, 6.2.11: %s is refused with the reason, and nothing changes', async (reason, password) => {
    const { change, status } = await open()
    const answer = await change({ password })
    expect([answer.status, answer.json['code'], answer.json['reason']]).toEqual([400, 'password_refused', reason])
    expect(answer.text).not.toContain(password)
    expect(await status()).toEqual({ page: 'unlocked', phone: 'unlocked', api: 'unlocked' })
  })

  test('ASVS 7.5.1: needs an authentication of the last hour', async () => {
    const { change, page, advance } = await open()
    advance(hour + 1)
    expect((await change()).json['code']).toBe('step_up_required')
    await page.send('POST', '/auth/reauthenticate', { password: goodPassword })
    expect((await change()).status).toBe(200)
  })

  test('ASVS 6.2.8: a password in any script, in any composition, with spaces', async () => {
    const { change, send } = await open()
    const password = '  Zürich und Ångström  '
    expect((await change({ password: password.normalize('NFD') })).status).toBe(200)
    const page = browser(send)
    expect((await page.logIn({ password: password.normalize('NFC') })).status).toBe(200)
    expect((await page.logIn({ password: password.trim() })).status).toBe(401)
    expect((await page.logIn({ password: password.toLowerCase() })).status).toBe(401)
  })

  test.each([
    [{ current: undefined }],
    [{ password: undefined }],
    [{ password: [otherPassword] }],
    [{ revokeOthers: 'no' }],
    [{ revokeApiTokens: 1 }],
    [{ current: '' }],
  ])('D7: 400 for %j', async (fields) => {
    const { change } = await open()
    expect((await change(fields)).json['code']).toBe('invalid_request')
  })
})
