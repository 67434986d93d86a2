import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Client } from '../flows/client.ts'
import { goodPassword, house, minute, testFactor } from '../flows/house.ts'

/** Two users, each with a second factor and a code of their own. */
async function open() {
  const enrolled = new Set<string>()
  const codes = new Map<string, string>()
  const there = await house({ factors: [testFactor(enrolled, (id) => codes.get(id) ?? 'none')] })
  const bob = await there.auth.users.create({ username: 'bob', password: goodPassword, roles: ['reader'] })
  for (const [id, code] of [
    [there.ann.id, '111111'],
    [bob.id, '222222'],
  ] as const) {
    enrolled.add(id)
    codes.set(id, code)
  }
  const send = await ways['Express 5'](there.auth)
  const waiting = async (username: string): Promise<Client> => {
    const client = browser(send)
    await client.logIn({ username })
    return client
  }
  return { ...there, bob, send, waiting }
}

const unlock = (client: Client, code: string, fields: object = {}) =>
  client.send('POST', '/auth/unlock', { factor: 'test', code, ...fields })

describe('D11: what waits at the second door is bound to who passed the first', () => {
  test('one’s own second factor does not finish somebody else’s log-in', async () => {
    const { waiting } = await open()
    const anns = await waiting('ann')
    expect((await unlock(anns, '222222')).json['code']).toBe('invalid_code')
    expect((await unlock(anns, '222222', { username: 'bob', userId: 'bob' })).json['code']).toBe('invalid_code')
    expect((await unlock(anns, '111111')).json['user']).toMatchObject({ username: 'ann' })
  })

  test('whose session it becomes is in the token, not in the request', async () => {
    const { waiting, ann } = await open()
    const bobs = await waiting('bob')
    const answer = await unlock(bobs, '222222', { username: 'ann', userId: ann.id, user: { id: ann.id }, sub: ann.id })
    expect(answer.json).toMatchObject({ user: { username: 'bob' }, permissions: ['documents:read'] })
  })

  test('of two that wait the evidence of one does not open for the other', async () => {
    const { waiting } = await open()
    const [first, second] = [await waiting('ann'), await waiting('ann')]
    expect((await unlock(first, '111111')).status).toBe(200)
    expect((await second.send('GET', '/auth/session')).json['status']).toBe('locked')
  })

  test('a locked token in the query beside another one in the cookie is ambiguous', async () => {
    const { waiting, send } = await open()
    const [anns, bobs] = [await waiting('ann'), await waiting('bob')]
    const answer = await send({
      method: 'POST',
      path: `/auth/unlock?token=${bobs.token}`,
      headers: {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
        cookie: `__Host-sallyport=${anns.token}`,
      },
      body: JSON.stringify({ factor: 'test', code: '222222' }),
    })
    expect([answer.status, answer.json['code']]).toEqual([400, 'ambiguous_credentials'])
  })

  test('what was passed long ago is not passed now: ten minutes, from the first door alone', async () => {
    const { waiting, advance } = await open()
    const anns = await waiting('ann')
    for (let i = 0; i < 9; i++) {
      advance(minute)
      await anns.send('POST', '/auth/unlock/begin', { factor: 'test' })
      await anns.send('GET', '/auth/session')
    }
    advance(minute)
    expect((await unlock(anns, '111111')).json['code']).toBe('locked_token_expired')
  })

  test('a locked token has nothing in it to be guessed or counted', async () => {
    const { waiting } = await open()
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => (await waiting('ann')).token ?? ''))
    expect(new Set(tokens.map((token) => token.slice(5, 27))).size).toBe(5)
    for (const token of tokens) expect(token).toMatch(/^sp_l_[\w-]{22}\.[\w-]{56}$/)
  })

  test('ASVS 3.5.1: another site can not finish a log-in that waits here', async () => {
    const { waiting } = await open()
    const anns = await waiting('ann')
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const answer = await anns.send('POST', '/auth/unlock', { factor: 'test', code: '111111' }, headers)
    expect([answer.status, answer.json['code']]).toEqual([403, 'cross_site_request'])
    expect((await unlock(anns, '111111')).status).toBe(200)
  })
})
