import { afterEach, describe, expect, test, vi } from 'vitest'
import { house } from './auth-house.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** What the console is told while pages of these origins send forms, under this NODE_ENV. */
async function toldOf(origins: readonly string[], environment: string | undefined): Promise<readonly string[]> {
  const { auth } = await house()
  vi.stubEnv('NODE_ENV', environment)
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  for (const origin of origins) {
    const headers = { 'content-type': 'application/json', origin }
    const url = 'https://app.example.com/auth/login'
    const response = await auth.handle(new Request(url, { method: 'POST', headers, body: '{}' }))
    expect(response?.status).toBe(403)
  }
  await vi.dynamicImportSettled()
  return warn.mock.calls.map(([line]) => String(line))
}

const pages = ['http://192.0.2.2:4308', 'http://192.0.2.2:4308', 'null', 'https://a b', 'https://other.example/path']

describe('a page under another name than `origin`', () => {
  test.each(['production', 'test'])('is told of by the event alone under NODE_ENV=%s', async (environment) => {
    expect(await toldOf(pages, environment)).toEqual([])
  })

  test('is told of once on the console in development, and only if it is an origin', async () => {
    expect(await toldOf(pages, undefined)).toEqual([
      'Sallyport: the browser is at http://192.0.2.2:4308, and the setting `origin` says https://app.example.com: ' +
        'what it sent was refused. If the page is yours, see docs/errors.md#cross_site_request-on-your-own-pages',
    ])
  })

  test('is told of for ten of them, and no more', async () => {
    const strangers = Array.from({ length: 12 }, (_, index) => `https://stranger-${index}.example`)
    expect(await toldOf(strangers, 'development')).toHaveLength(9)
  })
})
