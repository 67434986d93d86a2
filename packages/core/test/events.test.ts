import type { AuthEvent } from '@sallyport/core'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { createEvents } from '../src/event-bus.ts'
import { bearing, house, origin, settled } from './auth-house.ts'
import { goodPassword, testClock } from './house.ts'

function setUp() {
  const errors: unknown[] = []
  const events = createEvents(testClock(), (error) => void errors.push(error))
  return { ...events, errors }
}

describe('events', () => {
  test('ASVS 16.2.1: say what, when, who and from where', () => {
    const { on, emit } = setUp()
    const heard: unknown[] = []
    on((event) => void heard.push(event))
    emit('user.created', { userId: 'ann' }, { address: '203.0.113.7', userAgent: 'curl' })
    emit('user.deleted', { userId: 'ann' })
    expect(heard).toEqual([
      { type: 'user.created', at: Date.UTC(2026, 0, 1), userId: 'ann', address: '203.0.113.7', userAgent: 'curl' },
      { type: 'user.deleted', at: Date.UTC(2026, 0, 1), userId: 'ann' },
    ])
  })

  test('take nothing along from where they came but address and user agent', () => {
    const { on, emit } = setUp()
    const heard: unknown[] = []
    on((event) => void heard.push(event))
    const client = { address: 'a', userAgent: 'u', token: 'canary', network: 'n' }
    emit('user.created', { userId: 'ann' }, client)
    expect(JSON.stringify(heard)).not.toContain('canary')
  })

  test('ASVS 16.4.1: hold nothing that breaks or forges a line of a log, and no text without end', () => {
    const { on, emit } = setUp()
    const heard: AuthEvent[] = []
    on((event) => void heard.push(event))
    const nasty = ['\r\n', '\0', '\x1b[2J', '\x85', '\u2028', '\u202e', '\ufeff', '\ud800'].join('x')
    emit(
      'provider.refused',
      { provider: 'acme', reason: nasty },
      { address: nasty, userAgent: nasty + 'x'.repeat(9999) },
    )
    emit('login.succeeded', { userId: 'ann', sessionId: '1', methods: [nasty] })
    expect(JSON.stringify(heard)).not.toMatch(/\\[rnu]|[\x80-\x9f\u2028\u202e\ufeff]/)
    expect(heard[0]?.userAgent).toHaveLength(512)
    expect(JSON.stringify(heard)).toContain('\ufffdx\ufffd[2Jx\ufffd')
  })

  test('a listener that throws, or rejects, is reported and keeps nobody from hearing', async () => {
    const { on, emit, errors } = setUp()
    let heard = 0
    on(() => {
      throw new Error('throws')
    })
    on((async () => Promise.reject(new Error('rejects'))) as () => void)
    on(() => void heard++)
    emit('user.created', { userId: 'ann' })
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(heard).toBe(1)
    expect(errors.map(String)).toEqual(['Error: throws', 'Error: rejects'])
  })

  test('a listener can not change what the others hear', () => {
    const { on, emit, errors } = setUp()
    let heard: unknown
    on((event) => {
      ;(event as { userId?: string }).userId = 'bob'
    })
    on((event) => void (heard = event))
    emit('user.created', { userId: 'ann' })
    expect(heard).toMatchObject({ userId: 'ann' })
    expect(errors.length).toBe(1)
  })

  test('a listener that has ended hears nothing', () => {
    const { on, emit } = setUp()
    let heard = 0
    const off = on(() => void heard++)
    off()
    off()
    emit('user.created', { userId: 'ann' })
    expect(heard).toBe(0)
  })
})

describe('ASVS 16.5.4: what the application is told with can fail too', () => {
  const console = vi.spyOn(globalThis.console, 'error').mockReturnValue(undefined)
  afterEach(() => console.mockClear())
  afterAll(() => console.mockRestore())

  const broken = [
    [
      'throws',
      () => {
        throw new Error('the log is full')
      },
    ],
    ['rejects', (() => Promise.reject(new Error('the log is away'))) as () => void],
  ] as const

  test.each(broken)('onError that %s changes no answer, and ends no process', async (_, onError) => {
    const { auth, failing, logIn, clock } = await house({ onError })
    const { token } = await logIn()
    clock.advance(120_000)
    // A touch that fails after the answer.
    failing.fail('reject', ({ writes }) => writes)
    expect((await auth.authenticate(bearing(token))).status).toBe('unlocked')
    await settled()
    failing.fail('reject')
    const answer = await auth.handle(new Request(`${origin}/auth/session?token=${token}`))
    expect(answer?.status).toBe(503)
    failing.heal()
    await auth.close()
    expect(console).toHaveBeenCalledTimes(2)
  })

  test.each(broken)('a listener that %s, and onError that fails on it', async (_, onEvent) => {
    const { logIn } = await house({
      onEvent,
      onError: () => {
        throw new Error('the log is full')
      },
    })
    expect((await logIn()).token).toBeTruthy()
    expect(console).toHaveBeenCalled()
  })
})

describe('ASVS 16.3.1, 16.3.4: what is told', () => {
  test('of a queue that is full: a refusal, and no fault of the storage', async () => {
    const { auth, log, errors } = await house({ password: { hashing: { concurrency: 1, capacity: 8 } } })
    const wrong = () => auth.handle(logInRequest('ann', 'x'.repeat(20)), { address: '203.0.113.7' })
    const answers = await Promise.all(Array.from({ length: 9 }, wrong))
    expect(answers.map((answer) => answer?.status)).toContain(503)
    expect(answers.find((answer) => answer?.status === 503)?.headers.get('retry-after')).toBe('1')
    expect(log.of('request.refused')).toContainEqual(
      expect.objectContaining({ code: 'unavailable', address: '203.0.113.7' }),
    )
    expect([log.of('storage.failed'), errors]).toEqual([[], []])
  })

  test('of a storage that fails: with its cause for the operator, and none for the client', async () => {
    const { auth, log, errors, failing } = await house()
    failing.fail('reject')
    const answer = await auth.handle(logInRequest('ann', goodPassword), { address: '203.0.113.7' })
    expect(answer?.status).toBe(503)
    expect(await answer?.text()).not.toContain('does not answer')
    expect(log.of('storage.failed')).toMatchObject([{ reason: 'Error', address: '203.0.113.7' }])
    expect(String(errors[0])).toContain('does not answer')
  })

  test('ASVS 16.2.1: of too many attempts: from where', async () => {
    const { auth, log } = await house()
    for (let i = 0; i < 11; i++) await auth.handle(logInRequest('ann', 'x'.repeat(20)), { address: '203.0.113.7' })
    expect(log.of('attempts.throttled')).toMatchObject([{ purpose: 'password', by: 'account', address: '203.0.113.7' }])
  })
})

function logInRequest(username: string, password: string): Request {
  return new Request(`${origin}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
}
