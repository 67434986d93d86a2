import { describe, expect, test } from 'vitest'
import { application, serve, ways } from '../flows/application.ts'
import { type Answer, browser, sendOver } from '../flows/client.ts'
import { goodPassword, house, minute, origin, otherPassword } from '../flows/house.ts'

const lies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Host: { host: 'evil.example' },
  'Host with a port': { host: 'app.example.com:1234' },
  'Host that is nonsense': { host: 'a b:c/d' },
  'X-Forwarded-Host': { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-port': '81' },
  Forwarded: { forwarded: 'for=1.2.3.4;host=evil.example;proto=http' },
  'X-Original-URL': { 'x-original-url': '/auth/login', 'x-rewrite-url': '/auth/login' },
  Referer: { referer: 'https://evil.example/' },
  'X-Forwarded-Prefix': { 'x-forwarded-prefix': '/evil', 'x-forwarded-for': '1.2.3.4' },
}

/** What an answer says, without what is random or new in each. */
function fixed({ status, headers, cookies, json }: Answer) {
  const { date: _date, 'content-length': _length, etag: _etag, ...rest } = Object.fromEntries(headers)
  const blur = (text: string) =>
    text.replace(/sp_[a-z]_[\w-]{22}\.[\w-]{56}/g, 'TOKEN').replace(/"id":"[\w-]{22}"/g, '"id":"ID"')
  return {
    status,
    headers: { ...rest, 'set-cookie': null },
    cookies: cookies.map(blur),
    json: blur(JSON.stringify(json)),
  }
}

describe('D6: where we are is configured, and nothing that a request says changes it', () => {
  const acts: readonly (readonly [string, string, unknown?])[] = [
    ['POST', '/auth/login', { username: 'ann', password: goodPassword }],
    ['POST', '/auth/login', { username: 'ann', password: otherPassword }],
    ['GET', '/auth/session'],
    ['POST', '/auth/url-tokens', { method: 'GET', path: '/documents/1', withinMs: minute }],
    ['POST', '/auth/reauthenticate', { password: goodPassword }],
    ['POST', '/auth/api-tokens', { name: 'ci' }],
    ['GET', '/documents/1'],
    ['POST', '/auth/logout'],
  ]

  test.each(Object.keys(lies))('a lie in %s', async (what) => {
    const run = async (headers: Readonly<Record<string, string>>) => {
      const { auth } = await house()
      const page = browser(await ways['Express 5'](auth))
      const answers: Answer[] = []
      for (const [method, path, body] of acts) answers.push(await page.send(method, path, body, headers))
      return answers.map(fixed)
    }
    const [honest, lying] = [await run({}), await run(lies[what] ?? {})]
    expect(lying).toEqual(honest)
    expect(JSON.stringify(lying)).not.toMatch(/evil|:1234|:81/)
    expect(lying[3]?.json).toContain(`${origin}/documents/1?token=TOKEN`)
    for (const { cookies } of lying) for (const cookie of cookies) expect(cookie).not.toMatch(/Domain/i)
  })

  test('an absolute-form target names no other origin, and is routed by its path', async () => {
    const { auth } = await house()
    const send = sendOver((await serve(application(auth))).url)
    const page = browser(send)
    await page.logIn()
    const answer = await page.send('GET', 'http://evil.example/auth/session')
    expect([answer.status, answer.json['status']]).toEqual([200, 'unlocked'])
    const made = await page.send('POST', 'http://evil.example/auth/url-tokens', {
      method: 'GET',
      path: '/documents/1',
      withinMs: minute,
    })
    expect(String(made.json['url'])).toMatch(/^https:\/\/app\.example\.com\//)
  })

  test('our Origin is the configured one, not the one of the request', async () => {
    const { auth } = await house()
    const page = browser(await ways['Express 5'](auth))
    await page.logIn()
    const headers = { host: 'evil.example', origin: 'https://evil.example', 'sec-fetch-site': '' }
    expect((await page.send('POST', '/auth/logout', undefined, headers)).json['code']).toBe('cross_site_request')
  })

  test('on plain http on localhost the cookie has neither prefix nor Secure, whatever the request says', async () => {
    const { auth } = await house({ origin: 'http://localhost:3000' })
    const send = await ways['Express 5'](auth)
    const headers = {
      'content-type': 'application/json',
      origin: 'http://localhost:3000',
      'x-forwarded-proto': 'https',
      host: 'app.example.com',
    }
    const body = JSON.stringify({ username: 'ann', password: goodPassword })
    const answer = await send({ method: 'POST', path: '/auth/login', headers, body })
    expect(answer.cookies[0]).toMatch(/^sallyport=sp_s_[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
  })
})
