import type { User, UserDirectory } from '@sallyport/core'
import { interceptStorage } from '@sallyport/core/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDeadline } from '../src/deadline.ts'
import { house } from './auth-house.ts'
import { goodPassword, memoryStorage } from './house.ts'

const silence = new Promise<never>(() => {})
const second = 1000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a deadline', () => {
  const late = () => new Error('late')

  test('is for each by itself, and passes on what comes in time', async () => {
    const inTime = createDeadline(3 * second, late)
    const first = inTime(silence).catch(String)
    await vi.advanceTimersByTimeAsync(2 * second)
    const later = inTime(silence).catch(String)
    await vi.advanceTimersByTimeAsync(2 * second)
    expect(await Promise.race([first, later])).toBe('Error: late')
    expect(await Promise.race([later, Promise.resolve('waits')])).toBe('waits')
    await expect(inTime(Promise.resolve('here'))).resolves.toBe('here')
    await expect(inTime(Promise.reject(new Error('no')))).rejects.toThrow('no')
    await vi.advanceTimersByTimeAsync(2 * second)
    expect(await later).toBe('Error: late')
  })

  test('has a clock that stands while nobody waits, and goes on with the next', async () => {
    const inTime = createDeadline(3 * second, late)
    await inTime(Promise.resolve())
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(second)
    expect(vi.getTimerCount()).toBe(0)
    const next = inTime(silence).catch(String)
    await vi.advanceTimersByTimeAsync(4 * second)
    expect([await next, vi.getTimerCount()]).toEqual(['Error: late', 0])
  })
})

describe('D4: what never answers is an outage', () => {
  const credentials = { username: 'ann', password: goodPassword }

  /** A house whose store, or user directory, can fall silent. */
  async function open(own = false) {
    let silent: string | undefined
    let asked: () => void = () => {}
    const answer = <Result>(operation: string, run: () => Promise<Result>): Promise<Result> => {
      if (operation !== silent) return run()
      asked()
      return silence
    }
    const storage = interceptStorage(memoryStorage(), ({ operation }, run) => answer(operation, run))
    const ann: User = { id: 'ann', username: 'ann', roles: [] }
    const users: UserDirectory = {
      find: (id) => answer('find', async () => (id === 'ann' ? ann : undefined)),
      findByLogin: (name) => answer('findByLogin', async () => (name === 'ann' ? ann : undefined)),
    }
    const { auth } = await house({ storage, ...(own && { users }) })
    if (own) await auth.passwords.set('ann', goodPassword)
    const { token } = await auth.logIn(credentials)
    const headers = { cookie: `__Host-sallyport=${token.reveal()}` }
    const see = async () =>
      (await auth.handle(new Request('https://app.example.com/auth/session', { headers })))?.status
    const logIn = () =>
      auth.logIn(credentials).then(
        () => 200,
        ({ status }: { readonly status: number }) => status,
      )
    expect([await see(), await logIn()]).toEqual([200, 200])

    /** What comes of it while something does not answer, and eleven seconds go by. */
    async function without<Result>(operation: string, act: () => Promise<Result>): Promise<Result> {
      silent = operation
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve
      })
      const acted = act()
      await Promise.race([isAsked, acted])
      await vi.advanceTimersByTimeAsync(11 * second)
      const result = await acted
      silent = undefined
      return result
    }
    return { without, see, logIn }
  }

  test.each(['get', 'getWithOwner', 'increment', 'insert'])('the store, asked to %s', async (operation) => {
    const { without, see, logIn } = await open()
    expect(await without(operation, logIn)).toBe(503)
    expect(await without(operation, see)).toBe(operation === 'getWithOwner' ? 503 : 200)
    expect([await see(), await logIn()]).toEqual([200, 200])
  })

  test('the directory of the application', async () => {
    const { without, see, logIn } = await open(true)
    expect(await without('findByLogin', logIn)).toBe(503)
    expect(await without('find', logIn)).toBe(503)
    expect(await without('find', see)).toBe(503)
    expect([await see(), await logIn()]).toEqual([200, 200])
  })

  test('and the places where passwords are hashed are there for others again', async () => {
    const { without, logIn } = await open()
    // More often than there are places.
    for (let i = 0; i < 4; i++) expect(await without('getWithOwner', logIn)).toBe(503)
    expect(await logIn()).toBe(200)
  })
})

test('ASVS 13.2.6: `permissions` that never answers is an outage after ten seconds', async () => {
  const { auth } = await house({ permissions: () => silence })
  const request = new Request('https://app.example.com/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ann', password: goodPassword }),
  })
  const answer = auth.handle(request)
  let status: number | undefined
  void answer.then((response) => (status = response?.status))
  for (let i = 0; i < 100 && status === undefined; i++) {
    await vi.advanceTimersByTimeAsync(second)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect([status, (await answer)?.headers.get('retry-after')]).toEqual([503, '2'])
})
