import type { Finding, Provider } from '@sallyport/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bearing, house, origin, type House } from '../auth-house.ts'
import { goodPassword } from '../house.ts'

afterEach(() => void vi.useRealTimers())

/** A provider whose check finds what the test says. A stand-in. */
function provider(id: string, find: () => Promise<readonly Finding[]>): Provider & { readonly checked: () => number } {
  let checked = 0
  return {
    id,
    label: id,
    protocol: 'ldap',
    logIn: async () => undefined,
    check: () => {
      checked++
      return find()
    },
    checked: () => checked,
  }
}

const found = (ok: boolean): readonly Finding[] => [
  { name: 'discovery', ok: true, detail: 'found' },
  { name: 'bind', ok, detail: 'the service account of ldap.internal' },
]
/** Timers of the test, from before the first look: a clock that is put in later begins anew. */
const ownTime = () => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
const never = () => new Promise<never>(() => {})

async function ask({ auth }: House, token?: string): Promise<readonly [number | undefined, unknown]> {
  const response = await auth.handle(
    token === undefined ? new Request(`${origin}/auth/health`) : bearing(token, '/auth/health'),
  )
  return [response?.status, await response?.json()]
}

async function admin(home: House): Promise<string> {
  await home.auth.users.create({ username: 'root', password: goodPassword, roles: ['admin'] })
  return (await home.logIn('root')).token
}

const permissions = ({ roles }: { readonly roles: readonly string[] }) =>
  roles.includes('admin') ? ['sallyport:admin'] : []

describe('GET /health', () => {
  test('says one word to anybody, and why to an administrator', async () => {
    const broken = provider('acme', async () => found(false))
    const home = await house({ providers: [broken, provider('well', async () => found(true))], permissions })
    expect(await ask(home)).toEqual([200, { status: 'ok' }])
    await vi.waitFor(async () => expect(await home.auth.health.status()).toBe('degraded'))
    expect(await ask(home)).toEqual([200, { status: 'degraded' }])
    const [status, body] = await ask(home, await admin(home))
    expect(status).toBe(200)
    expect(body).toEqual({
      status: 'degraded',
      storage: { ok: true, answeredInMs: expect.any(Number) },
      providers: [
        { id: 'acme', ok: false, reasons: ['bind: the service account of ldap.internal'] },
        { id: 'well', ok: true, reasons: [] },
      ],
    })
  })

  test('tells no more to a user, to an API token of an administrator, or to whoever acts in a place', async () => {
    const home = await house({ providers: [provider('acme', async () => found(false))], permissions })
    await home.auth.health.describe()
    const { token: ofUser } = await home.logIn()
    const root = await home.principalOf(await admin(home))
    const { token: ofProgram } = await home.auth.apiTokens.issue(root, { name: 'monitor' })
    const other = await home.auth.users.create({ username: 'other', password: goodPassword, roles: ['admin'] })
    const { token: inPlace } = await home.auth.administration.impersonate(root, other.id)
    for (const token of [ofUser, ofProgram.reveal(), inPlace.reveal(), 'made up']) {
      expect(await ask(home, token)).toEqual([200, { status: 'degraded' }])
    }
    expect(home.log.of('access.denied')).toEqual([])
  })

  test('is 503 without the storage, for an administrator too, and reports no fault by itself', async () => {
    const home = await house({ permissions })
    const token = await admin(home)
    home.failing.fail('reject')
    expect(await ask(home)).toEqual([503, { status: 'unavailable' }])
    expect(await ask(home, token)).toEqual([503, { status: 'unavailable' }])
    expect(home.errors).toEqual([])
    expect(await home.auth.health.describe()).toMatchObject({
      status: 'unavailable',
      storage: { ok: false, reason: 'The storage does not answer (get).' },
    })
  })

  test('does not wait for a storage that hangs for more than two seconds, nor for a provider at all', async () => {
    ownTime()
    const home = await house({ providers: [provider('slow', never)], permissions })
    expect(await ask(home)).toEqual([200, { status: 'ok' }])
    vi.advanceTimersByTime(1100)
    home.failing.fail('hang')
    const asked = ask(home)
    await vi.advanceTimersByTimeAsync(2000)
    expect(await asked).toEqual([503, { status: 'unavailable' }])
    home.failing.heal()
  })

  test('an administrator waits for a provider, and not for ever', async () => {
    ownTime()
    const home = await house({ providers: [provider('slow', never)], permissions })
    await home.auth.health.status()
    const described = home.auth.health.describe()
    await vi.advanceTimersByTimeAsync(7000)
    expect(await described).toMatchObject({
      status: 'degraded',
      providers: [{ id: 'slow', ok: false, reasons: ['no answer within five seconds'] }],
    })
  })

  test('asked 300 times at once, it asks the storage once a second and a provider once a minute', async () => {
    ownTime()
    const acme = provider('acme', async () => found(true))
    const home = await house({ providers: [acme] })
    await home.auth.health.describe()
    const look = async () => {
      home.counting.reset()
      await Promise.all(Array.from({ length: 300 }, () => ask(home)))
      return [home.counting.calls.length, acme.checked()]
    }
    expect(await look()).toEqual([0, 1])
    vi.advanceTimersByTime(1001)
    expect(await look()).toEqual([1, 1])
    expect(await look()).toEqual([0, 1])
    vi.advanceTimersByTime(60_000)
    expect(await look()).toEqual([1, 2])
    expect(await look()).toEqual([0, 2])
  })

  test('answers a HEAD, as load balancers send it', async () => {
    const { auth } = await house()
    const response = await auth.handle(new Request(`${origin}/auth/health`, { method: 'HEAD' }))
    expect([response?.status, await response?.text()]).toEqual([200, ''])
    expect(response?.headers.get('cache-control')).toBe('no-store')
  })
})
