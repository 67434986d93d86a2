import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { ways } from '../flows/application.ts'
import { type Answer, browser } from '../flows/client.ts'
import { goodPassword, house, minute, origin, testFactor, testSecret } from '../flows/house.ts'

/** A secret that is easy to find again. */
const canary = 'canary-4711'
const password = `${canary} horse battery staple`
const newPassword = `${canary} is my second passphrase`
const wrongPassword = `${canary} is a wrong passphrase`

/** The secret parts of all tokens in a text. */
function secretsIn(text: string): string[] {
  return [...text.matchAll(/sp_[a-z]_[\w-]{22}\.([\w-]{43}[\w-]{13})/g)].map(([, secret]) => secret ?? '')
}

function show(value: unknown): string {
  const deep = { depth: 20, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null } as const
  return [
    inspect(value, deep),
    inspect(value, { ...deep, customInspect: false }),
    JSON.stringify(value),
    String(value),
  ].join('\n')
}

async function liveThrough() {
  const console = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(globalThis.console, name))
  const output = vi.spyOn(process.stdout, 'write')
  const enrolled = new Set<string>()
  const there = await house({ factors: [testFactor(enrolled, () => canary)], trustedDevices: true })
  const bob = await there.auth.users.create({ username: 'bob', password, roles: ['editor'] })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  const answers: Answer[] = []
  const tokens: string[] = []
  const tell = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await page.send(method, path, body, headers)
    answers.push(answer)
    tokens.push(...secretsIn(answer.text), ...secretsIn(answer.cookies.join()))
    return answer
  }
  const login = { username: 'bob', password }
  await tell('POST', '/auth/login', { ...login, password: wrongPassword })
  await tell('POST', '/auth/login', { ...login, username: canary })
  await tell('POST', '/auth/login', login)
  const made = await tell('POST', '/auth/api-tokens', { name: 'ci' })
  const { id } = made.json['apiToken'] as { id: string }
  await tell('POST', `/auth/api-tokens/${id}/rotate`, { overlapMs: 0 })
  await tell('GET', `/documents/1?token=${String(made.json['token'])}`, undefined, { cookie: 'a=1' })
  await tell('POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: minute })
  await tell('POST', '/auth/reauthenticate', { password: wrongPassword })
  await tell('POST', '/auth/reauthenticate', { password })
  await tell('POST', '/auth/password/change', { current: wrongPassword, password: newPassword })
  await tell('POST', '/auth/password/change', { current: password, password: canary })
  await tell('POST', '/auth/password/change', { current: password, password: newPassword })
  enrolled.add(bob.id)
  await tell('POST', '/auth/login', { ...login, password: newPassword })
  await tell('POST', '/auth/unlock', { factor: 'test', code: `x${canary}` })
  await tell('POST', '/auth/unlock', { factor: 'test', code: canary, trustDevice: true })
  await tell('POST', '/auth/login', undefined, { 'content-type': 'text/plain' })
  for (const body of [`{"password":"${canary}`, `"${canary}"`, `{"username":["${canary}"]}`]) {
    answers.push(
      await send({ method: 'POST', path: '/auth/login', headers: { 'content-type': 'application/json' }, body }),
    )
  }
  there.failing.fail('reject')
  await tell('GET', '/auth/session')
  await tell('POST', '/auth/login', { ...login, password: newPassword })
  there.failing.heal()
  await tell('POST', '/auth/logout')
  const printed = [...console, output].flatMap((spy) => spy.mock.calls)
  for (const spy of [...console, output]) spy.mockRestore()
  return { ...there, answers, tokens, printed }
}

describe('D20: a secret shows itself to nobody', () => {
  test('ASVS 16.2.5: not in events, not in errors, not on the console, not in answers to something else', async () => {
    const { events, errors, tokens, answers, printed } = await liveThrough()
    expect(events.length).toBeGreaterThan(15)
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(10)
    expect(errors.length).toBeGreaterThan(1)
    expect(tokens.length).toBeGreaterThan(6)
    for (const [what, value] of Object.entries({ events, errors, printed })) {
      const text = show(value)
      for (const secret of [canary, goodPassword, testSecret, ...tokens])
        expect([what, text.includes(secret)]).toEqual([what, false])
    }
    for (const { text } of answers.filter(({ status }) => status >= 400)) {
      for (const secret of [canary, ...tokens]) expect(text).not.toContain(secret)
    }
  })

  test('ASVS 16.3.1: and yet everything was told', async () => {
    const { of, events } = await liveThrough()
    expect(of('password.failed').map(({ reason, purpose }) => `${purpose} ${reason}`)).toEqual([
      'login wrong_password',
      'login unknown_user',
      'reauthentication wrong_password',
      'change wrong_password',
    ])
    for (const type of [
      'login.succeeded',
      'login.locked',
      'unlock.failed',
      'reauthentication.succeeded',
      'reauthentication.failed',
      'password.changed',
      'api_token.issued',
      'api_token.rotated',
      'api_token.retired_secret_used',
      'url_token.issued',
      'token.refused',
      'session.ended',
      'storage.failed',
      'device.trusted',
      'user.created',
    ] as const) {
      expect([type, of(type).length > 0]).toEqual([type, true])
    }
    for (const event of events) {
      expect(event.at).toBeGreaterThan(0)
      expect(Object.isFrozen(event)).toBe(true)
    }
    expect(of('password.failed')[0]).toMatchObject({ address: '127.0.0.1' })
  })

  test('what the functions give shows no token unless it is asked to', async () => {
    const { auth } = await house({ onError: () => {} })
    const session = await auth.logIn({ username: 'ann', password: goodPassword })
    const resolution = await auth.authenticate(new Request(`${origin}/?token=${session.token.reveal()}`))
    const principal = resolution.status === 'unlocked' ? resolution.principal : expect.fail()
    const apiToken = await auth.apiTokens.issue(principal, { name: 'ci' })
    const link = await auth.urlTokens.issue(principal, { method: 'GET', path: '/a', withinMs: minute, uses: 'once' })
    const hidden = [session.token, apiToken.token, link.url].map((secret) => secret.reveal().slice(-56))
    for (const value of [session, resolution, apiToken, link, auth]) {
      const text = [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value)].join('\n')
      for (const secret of [...hidden, testSecret]) expect(text).not.toContain(secret)
      expect(text).not.toMatch(/\$argon2/)
    }
  })

  test('a visit, which holds the request, shows nothing of it', async () => {
    const { auth } = await house()
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    const visit = auth.visit({
      method: 'GET',
      url: `/a?token=${token.reveal()}`,
      originalUrl: `/a?token=${token.reveal()}`,
      header: () => undefined,
      address: undefined,
      body: async () => new Uint8Array(),
      departed: undefined,
    })
    expect(inspect(visit, { depth: 20 })).not.toContain(token.reveal())
    expect(JSON.stringify({ visit })).not.toContain(token.reveal())
    expect(visit.url).toBe('/a')
  })

  test('the refusals of the functions hold nothing that was sent', async () => {
    const { auth } = await house()
    const acts = [
      () => auth.logIn({ username: canary, password: wrongPassword }),
      () => auth.logIn({ username: 'ann', password: `${canary}\0` }),
      () => auth.unlock(canary, { factor: 'test', code: canary }),
      () => auth.users.create({ username: 'x', password: canary }),
      () => auth.users.create({ username: 'x', passwordHash: canary }),
      () => auth.passwords.set('nobody', wrongPassword),
    ]
    for (const act of acts) {
      const error: unknown = await act().then(
        () => expect.fail('passed'),
        (reason: unknown) => reason,
      )
      expect(show(error)).not.toContain(canary)
    }
  })
})
