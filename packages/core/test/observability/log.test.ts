import { inspect } from 'node:util'
import { logTo } from '@sallyport/core/log'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { bearing, house } from '../auth-house.ts'
import { goodPassword } from '../house.ts'

function logger() {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  return { log, lines, read: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('ASVS 16.2.5: what a driver keeps in its errors', () => {
  function driverError(url: string): Error {
    const refused = Object.assign(new Error(`connect ECONNREFUSED ${url}`), {
      code: 'ECONNREFUSED',
      sql: `select * from users where token = 'hush'`,
      parameters: ['hush'],
      config: { password: 'hush', connectionString: url },
    })
    return new Error('The storage does not answer: password=hush; see the cause', { cause: refused })
  }

  test.each([
    'postgres://app:hush@db.example:5432/app',
    'mysql://app:hu/hush@db.example/app?ssl=true',
    'rediss://:hush@[::1]:6379',
  ])('%s: no password, query or parameter of it is logged, by pino or in the fields themselves', (url) => {
    const { log, lines, read } = logger()
    const seen: object[] = []
    const plain = { info: () => {}, warn: () => {}, error: (fields: object) => void seen.push(fields) }
    logTo(log).onError(driverError(url))
    logTo(plain).onError(driverError(url))
    logTo(log).onError(url)
    const told = `${lines.join('')}${inspect(seen, { depth: 10, showHidden: true })}`
    expect(told).not.toContain('hush')
    expect(read()[0]).toMatchObject({
      msg: 'fault',
      err: { message: expect.stringContaining('://[redacted]@'), stack: expect.stringMatching(/\n *at /) },
    })
    expect((seen[0] as { err: Error }).err.cause).toMatchObject({ name: 'Error', code: 'ECONNREFUSED' })
  })

  test('causes that lead in a circle come to an end', () => {
    const { log, lines } = logger()
    const error = new Error('round')
    error.cause = error
    logTo(log).onError(error)
    expect(lines).toHaveLength(1)
  })
})

describe('logTo, with the real pino', () => {
  test('writes each event on one line, at the level that it deserves', async () => {
    const { log, read } = logger()
    const { auth } = await house(logTo(log))
    const session = await auth.logIn({ username: 'ann', password: goodPassword }, { address: '203.0.113.7' })
    await expect(auth.logIn({ username: 'ann', password: 'wrong horse battery' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    await auth.authenticate(bearing('made up'))
    const lines = read()
    const levels = lines.map(({ level, msg, type }) => [level, msg, type])
    expect(levels).toEqual([
      [30, 'user.created', 'user.created'],
      [30, 'login.succeeded', 'login.succeeded'],
      [40, 'password.failed', 'password.failed'],
      [40, 'token.refused', 'token.refused'],
    ])
    expect(lines[1]).toMatchObject({
      userId: session.status === 'unlocked' ? session.user.id : '',
      address: '203.0.113.7',
    })
  })

  test('a page of another origin is told of with what `origin` is', async () => {
    const { log, read } = logger()
    const { auth } = await house(logTo(log))
    for (const from of [{ origin: 'http://192.168.0.7:3000' }, { 'sec-fetch-site': 'cross-site' }]) {
      const headers = { 'content-type': 'application/json', ...from }
      await auth.handle(new Request('https://app.example.com/auth/login', { method: 'POST', headers, body: '{}' }))
    }
    expect(read().map(({ msg }) => msg)).toEqual([
      'user.created',
      'request.refused: the browser came from http://192.168.0.7:3000, and `origin` is https://app.example.com',
      'request.refused',
    ])
  })

  test('an outage is an error, and so is the fault behind it, with its stack', async () => {
    const { log, read } = logger()
    const { auth, failing } = await house(logTo(log))
    failing.fail('reject')
    const response = await auth.handle(bearing(`sp_s${'A'.repeat(22)}`, '/auth/providers'))
    expect(response?.status).toBe(200)
    await auth.handle(
      new Request('https://app.example.com/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ann', password: goodPassword }),
      }),
    )
    const errors = read().filter(({ level }) => level === 50)
    expect(errors).toMatchObject([
      {
        msg: 'fault',
        err: {
          type: 'Error',
          message: expect.stringContaining('The storage does not answer'),
          stack: expect.stringMatching(/\n *at /),
        },
      },
      { msg: 'storage.failed', type: 'storage.failed' },
    ])
  })
})
