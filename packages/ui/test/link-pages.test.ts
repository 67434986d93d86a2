import { expect, onTestFinished, test, vi } from 'vitest'
import { linkPages, pages } from '../src/index.ts'
import { house } from './house.ts'

const own = '/welcome#{token}'

test.each([
  ['none are given', {}, {}, 'password, emailVerification, emailChange'],
  ['they are at another path', linkPages(), { path: '/me' }, 'linkPages("/me")'],
  ['one is missing', { password: own, emailChange: own }, {}, '(emailVerification)'],
  ['something in front changes the path', linkPages(), { publicPath: '/app/account' }, 'linkPages("/app/account")'],
])('links that would lead nowhere are told of at the start: %s', async (_, given, settings, said) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  const { auth } = house('http://localhost:3000', { linkPages: given })
  pages(auth, settings)
  expect(warn.mock.calls).toEqual([[expect.stringContaining(said)]])
  await auth.close()
})

test('nothing is said where they lead to the pages, or to pages of the application', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  for (const [given, settings] of [
    [linkPages(), {}],
    [linkPages('/me'), { path: '/me' }],
    [{ ...linkPages(), password: own }, {}],
  ] as const) {
    const { auth } = house('http://localhost:3000', { linkPages: given })
    pages(auth, settings)
    await auth.close()
  }
  expect(warn).not.toHaveBeenCalled()
})
