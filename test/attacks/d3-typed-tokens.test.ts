import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, program } from '../flows/client.ts'
import { goodPassword, house, minute, origin, testFactor } from '../flows/house.ts'

/** One live token of every kind, of the same user. */
async function open() {
  const enrolled = new Set<string>()
  const there = await house({
    factors: [testFactor(enrolled)],
    trustedDevices: true,
    deliver: () => {},
  })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const apiToken = String((await page.send('POST', '/auth/api-tokens', { name: 'ci' })).json['token'])
  const made = await page.send('POST', '/auth/url-tokens', {
    method: 'GET',
    path: '/documents/1',
    withinMs: minute,
    uses: 'untilExpiry',
  })
  const urlToken = new URL(String(made.json['url'])).searchParams.get('token') ?? ''
  enrolled.add(there.ann.id)
  const second = browser(send)
  await second.logIn()
  const locked = second.token ?? ''
  const third = browser(send)
  await third.logIn()
  const unlocked = await third.send('POST', '/auth/unlock', { factor: 'test', code: '123456', trustDevice: true })
  const device = unlocked.cookies.join().match(/sp_d_[^;]+/)?.[0] ?? ''
  const ticket = (await there.auth.factors.issueEnrolmentTicket(there.ann.id)).ticket.reveal()
  return { ...there, send, tokens: { session: page.token ?? '', apiToken, urlToken, locked, device, ticket } }
}

type Kind = keyof Awaited<ReturnType<typeof open>>['tokens']
const kinds: readonly Kind[] = ['session', 'apiToken', 'urlToken', 'locked', 'device', 'ticket']

describe('D3: a token of one kind is unknown to the reader of another', () => {
  test('each kind has a letter of its own', async () => {
    const { tokens } = await open()
    expect(Object.values(tokens).map((token) => token.slice(0, 5))).toEqual([
      'sp_s_',
      'sp_a_',
      'sp_u_',
      'sp_l_',
      'sp_d_',
      'sp_e_',
    ])
  })

  test.each(kinds)('ASVS 9.2.2: where %s may be used', async (kind) => {
    const { send, tokens } = await open()
    const client = program(send)
    client.token = tokens[kind]
    const status = async (method: string, path: string, body?: unknown) =>
      (await client.send(method, path, body)).json['code'] ?? 'passes'
    const seen = {
      document: await status('GET', '/documents/2'),
      tokens: await status('GET', '/auth/api-tokens'),
      unlock: await status('POST', '/auth/unlock', { factor: 'test', code: '123456' }),
    }
    const expected: Record<Kind, typeof seen> = {
      session: { document: 'passes', tokens: 'passes', unlock: 'invalid_token' },
      apiToken: { document: 'passes', tokens: 'session_required', unlock: 'invalid_token' },
      urlToken: { document: 'invalid_token', tokens: 'invalid_token', unlock: 'invalid_token' },
      locked: { document: 'token_locked', tokens: 'token_locked', unlock: 'passes' },
      device: { document: 'invalid_token', tokens: 'invalid_token', unlock: 'invalid_token' },
      ticket: { document: 'invalid_token', tokens: 'invalid_token', unlock: 'invalid_token' },
    }
    expect(seen).toEqual(expected[kind])
  })

  test('the letter can not be changed for another', async () => {
    const { auth, tokens } = await open()
    for (const token of Object.values(tokens)) {
      for (const letter of 'saluedx') {
        if (token[3] === letter) continue
        const forged = `${token.slice(0, 3)}${letter}${token.slice(4)}`
        const resolution = await auth.authenticate(new Request(`${origin}/documents/1?token=${forged}`))
        expect(resolution).toEqual({ status: 'refused', code: 'invalid_token' })
      }
    }
  })

  test('an id of one kind under a stamp of another finds nothing', async () => {
    const { counting, auth, tokens, failing } = await open()
    counting.reset()
    for (const token of Object.values(tokens))
      await auth.authenticate(new Request(`${origin}/documents/1?token=${token}`))
    const kindsRead = counting.calls.map(({ kind }) => kind)
    expect(kindsRead.filter((kind) => kind === 'device' || kind === 'enrolment')).toEqual([])
    expect(failing).toBeTruthy()
  })

  test('a session is no device, and a device is no first factor', async () => {
    const { send, tokens } = await open()
    const page = browser(send)
    const logIn = (cookie: string, password = goodPassword) =>
      page.send('POST', '/auth/login', { username: 'ann', password }, { cookie })
    for (const token of [tokens.session, tokens.apiToken, tokens.locked, tokens.ticket]) {
      expect((await logIn(`__Host-sallyport-device=${token}`)).json['status']).toBe('locked')
    }
    expect((await logIn(`__Host-sallyport-device=${tokens.device}`)).json['status']).toBe('unlocked')
    expect((await logIn(`__Host-sallyport-device=${tokens.device}`, 'a wrong passphrase')).status).toBe(401)
    expect(
      (await page.send('GET', '/auth/session', undefined, { cookie: `__Host-sallyport-device=${tokens.session}` }))
        .json,
    ).toEqual({
      status: 'anonymous',
    })
  })
})
