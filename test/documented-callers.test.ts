import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Auth, createAuth, emailCodes, recoveryCodes, smsCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import { memoryStorage } from '@sallyport/storage-memory'
import { root } from '../scripts/run.ts'

const origin = 'https://app.example.com'
const password = 'correct horse battery staple'
const hour = 60 * 60_000

const rows = [...readFileSync(join(root, 'docs/http.md'), 'utf8').matchAll(/^\| `([A-Z]+ \/\S*)` \| ([^|]+) \|/gm)].map(
  ([, route = '', who = '']) => [route, who.trim()] as const,
)

/** What a route has to be sent before it looks at who sends it. */
const bodies: Readonly<Record<string, object>> = {
  'POST /unlock/begin': { factor: 'totp' },
  'POST /unlock': { factor: 'totp', code: '000000' },
  'POST /reauthenticate/begin': { factor: 'totp' },
  'POST /reauthenticate': { password },
  'POST /api-tokens': { name: 'ci' },
  'POST /url-tokens': { method: 'GET', path: '/x', withinMs: 1000 },
  'POST /password/change': { current: password, password: `${password} 2` },
  'POST /email/change': { email: 'ada@example.com' },
  'POST /email/change/confirm': { token: 'made-up' },
  'POST /enrolment': { ticket: 'made-up' },
  'POST /admin/users': { username: 'eve' },
  'POST /admin/revoke': { user: 'made-up' },
}

const start = Date.now()
let auth: Auth
let now = start
let apiToken: string

/** A session of its own for each call, since some end what they are called with. */
async function sessionAged(ageMs: number): Promise<string> {
  now = start + 10 * hour - ageMs
  const { token } = await auth.logIn({ username: 'ada', password })
  now = start + 10 * hour
  return token.reveal()
}

beforeAll(async () => {
  auth = createAuth({
    origin,
    secret: 'a secret of the tests, known to everybody who reads it',
    storage: memoryStorage(),
    clock: () => now,
    audit: true,
    deliver: async () => {},
    permissions: () => ['sallyport:admin'],
    factors: [totp(), recoveryCodes(), passkeys(), emailCodes(), smsCodes()],
  })
  await auth.users.create({ username: 'ada', password })
  const resolution = await auth.authenticate(new Request(`${origin}/?token=${await sessionAged(0)}`))
  if (resolution.status !== 'unlocked') return expect.fail(resolution.status)
  apiToken = (await auth.apiTokens.issue(resolution.principal, { name: 'ci' })).token.reveal()
})

/** The status and the code that a route answers to whoever has this token, if any. */
async function answerTo(route: string, token?: string): Promise<string> {
  const [method = '', path = ''] = route.split(' ')
  const body = method === 'GET' ? {} : { body: JSON.stringify(bodies[route] ?? {}) }
  const target = `${origin}/auth${path.replaceAll(/:\w+/g, 'made-up')}${token ? `?token=${token}` : ''}`
  const answer = await auth.handle(
    new Request(target, { method, headers: { 'content-type': 'application/json' }, ...body }),
  )
  const text = (await answer?.text()) ?? ''
  const { code = '' } = (text.startsWith('{') ? JSON.parse(text) : {}) as { readonly code?: string }
  return `${answer?.status} ${code}`.trim()
}

const isWrite = (route: string) => !route.startsWith('GET ')

describe('docs/http.md says who may call', () => {
  test('in words that it explains', () => {
    const words = /^(?:anybody|locked|session|recent|changing|administrator|the same|the provider|the browser)\b/
    expect(rows.filter(([, who]) => !words.test(who))).toEqual([])
    expect(rows.length).toBeGreaterThan(60)
  })

  const needsSession = rows.filter(([, who]) => /^(?:session|recent|changing|administrator|the same)\b/.test(who))

  test.each(needsSession.filter(([route]) => route !== 'POST /logout'))('%s (%s): nobody else', async (route) => {
    expect(await answerTo(route)).toBe('401 unauthenticated')
    expect(await answerTo(route, apiToken)).toBe('403 session_required')
  })

  test.each(rows.filter(([, who]) => who.startsWith('locked')))('%s (%s): not without a token', async (route) => {
    expect(await answerTo(route)).toBe('401 unauthenticated')
  })

  test.each(rows.filter(([, who]) => /^anybody(?:,|$)/.test(who)))(
    '%s (%s): no credential is missed',
    async (route) => {
      expect(await answerTo(route)).not.toMatch(/unauthenticated|session_required/)
    },
  )

  const needsRecent = rows.filter(
    ([route, who]) => /^(?:recent|changing|the same)\b/.test(who) || (who === 'administrator' && isWrite(route)),
  )

  test.each(needsRecent)('%s (%s): not with an old session', async (route) => {
    expect(await answerTo(route, await sessionAged(2 * hour))).toBe('403 step_up_required')
  })

  test.each(needsSession.filter((row) => !needsRecent.includes(row) && row[0] !== 'POST /logout'))(
    '%s (%s): an old session will do',
    async (route) => {
      expect(await answerTo(route, await sessionAged(2 * hour))).not.toMatch(/^401|step_up_required/)
    },
  )
})
