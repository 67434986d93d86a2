import { runInNewContext } from 'node:vm'
import { createAuth, type Settings } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { cheapHasher, goodPassword, memoryStorage, testSecret } from './house.ts'

async function house(settings: Record<string, unknown>) {
  const reported: unknown[] = []
  const auth = createAuth({
    origin: 'https://app.example.com',
    secret: testSecret,
    storage: memoryStorage(),
    password: { hasher: cheapHasher },
    onError: (error: unknown) => void reported.push(error),
    ...settings,
  } as unknown as Settings)
  await auth.users.create({ username: 'ann', password: goodPassword, roles: ['member'] })
  const logIn = () => auth.logIn({ username: 'ann', password: goodPassword })
  return { auth, reported, logIn }
}

describe('ASVS 16.5.3: a rule of the application that answers nonsense lets nobody in', () => {
  test.each([true, undefined, 'Optional', {}, { required: 'totp' }, Promise.resolve('off')])(
    '`mfa` answers %j: a second factor is required, and onError told',
    async (answer) => {
      const { logIn, reported } = await house({ mfa: () => answer })
      expect(await logIn()).toMatchObject({ status: 'locked' })
      expect(reported).toContainEqual(
        expect.objectContaining({ code: 'invalid_setting', detail: expect.stringMatching(/^`mfa` answered with /) }),
      )
    },
  )

  test('`mfa` that answers later and rejects: a second factor is required, onError told, and nothing left unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const outage = new Error('the directory is away')
    const { logIn, reported } = await house({ mfa: () => Promise.reject(outage) })
    expect(await logIn()).toMatchObject({ status: 'locked' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    process.off('unhandledRejection', note)
    expect([unhandled, reported.includes(outage)]).toEqual([[], true])
  })

  test.each(['admin', undefined, null, { admin: true }, ['read', 7], Promise.resolve('admin')])(
    '`permissions` answers %j: nothing is granted, and the reason is told',
    async (answer) => {
      const { logIn } = await house({ permissions: () => answer })
      await expect(logIn()).rejects.toMatchObject({
        code: 'invalid_setting',
        detail: '`permissions` answered with no array of texts: answer with the permissions of the user, or [].',
      })
    },
  )

  test('a request is answered 500 without the reason, which onError gets', async () => {
    let answer: unknown = ['read']
    const { auth, logIn, reported } = await house({ bearer: true, permissions: () => answer })
    const session = await logIn()
    const request = () =>
      new Request('https://app.example.com/auth/session', {
        headers: { authorization: `Bearer ${session.token.reveal()}` },
      })
    expect((await auth.handle(request()))?.status).toBe(200)
    answer = 'admin'
    const refused = await auth.handle(request())
    expect(refused?.status).toBe(500)
    expect(await refused?.text()).not.toContain('array')
    expect(reported).toMatchObject([{ code: 'invalid_setting' }])
  })

  test('what only can be waited for is waited for, whoever made it', async () => {
    // As with the query builders of databases, no `instanceof` knows it.
    const answer: unknown = runInNewContext("Promise.resolve(['read'])")
    expect(answer).not.toBeInstanceOf(Promise)
    const { logIn } = await house({ permissions: () => answer })
    expect(await logIn()).toMatchObject({ permissions: ['read'] })
  })
})
