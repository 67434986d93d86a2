import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser, type Outgoing } from '../flows/client.ts'
import { goodPassword, house } from '../flows/house.ts'

const name = '__Host-sallyport'

async function open() {
  const there = await house()
  await there.auth.users.create({ username: 'eve', password: goodPassword })
  const send = await ways['Express 5'](there.auth)
  const [anns, eves] = [browser(send), browser(send)]
  await anns.logIn()
  await eves.logIn({ username: 'eve' })
  const ask = async (headers: Outgoing['headers']) => {
    const { json } = await send({ method: 'GET', path: '/auth/session', ...(headers && { headers }) })
    return (json['user'] as { username: string } | undefined)?.username ?? json['code'] ?? json['status']
  }
  return { ...there, send, ask, ann: anns.token ?? '', eve: eves.token ?? '' }
}

type Tokens = Pick<Awaited<ReturnType<typeof open>>, 'ann' | 'eve'>

describe('D13: a cookie that somebody else has tossed in', () => {
  test.each<[string, (tokens: Tokens) => string]>([
    ['in front', ({ ann, eve }) => `${name}=${eve}; ${name}=${ann}`],
    ['behind', ({ ann, eve }) => `${name}=${ann}; ${name}=${eve}`],
    ['the same twice', ({ ann }) => `${name}=${ann}; ${name}=${ann}`],
    ['an empty one', ({ ann }) => `${name}=; ${name}=${ann}`],
    ['with blanks around its name', ({ ann, eve }) => `${name} =${eve};\t${name}=${ann}`],
    ['many', ({ ann, eve }) => Array.from({ length: 50 }, () => `${name}=${eve}`).join('; ') + `; ${name}=${ann}`],
  ])('%s: an error, nobody’s session', async (_, header) => {
    const { ask, ...tokens } = await open()
    expect(await ask({ cookie: header(tokens) })).toBe('ambiguous_credentials')
  })

  test('in a header of its own', async () => {
    const { ask, ann, eve } = await open()
    expect(
      await ask([
        ['Cookie', `${name}=${ann}`],
        ['Cookie', `${name}=${eve}`],
      ]),
    ).toBe('ambiguous_credentials')
    expect(
      await ask([
        ['Cookie', 'a=1'],
        ['Cookie', `${name}=${ann}`],
      ]),
    ).toBe('ann')
  })

  test.each<[string, string]>([
    ['without the prefix', 'sallyport'],
    ['with another prefix', '__Secure-sallyport'],
    ['in lower case', '__host-sallyport'],
    ['in upper case', '__HOST-SALLYPORT'],
    ['encoded', '%5F%5FHost-sallyport'],
    ['behind a no-break space', '\u00a0__Host-sallyport'],
    ['behind a byte order mark in Latin-1', '\u00ef\u00bb\u00bf__Host-sallyport'],
    ['in quotes', '"__Host-sallyport"'],
    ['with a suffix', '__Host-sallyport2'],
    ['as an attribute', '$Version=1, __Host-sallyport'],
    ['behind a comma', 'a=1,__Host-sallyport'],
  ])('under a name that only looks like ours is none: %s', async (_, other) => {
    const { ask, ann, eve } = await open()
    expect(await ask({ cookie: `${other}=${eve}` })).toBe('anonymous')
    expect(await ask({ cookie: `${other}=${eve}; ${name}=${ann}` })).toBe('ann')
    expect(await ask({ cookie: `${name}=${ann}; ${other}=${eve}` })).toBe('ann')
  })

  test.each<[string, (token: string) => string]>([
    ['quoted', (token) => `"${token}"`],
    ['encoded', (token) => token.replace('.', '%2E')],
    ['with a no-break space', (token) => `\u00a0${token}`],
    ['with something behind it', (token) => `${token},x`],
    ['with a soft hyphen', (token) => `${token}\u00ad`],
  ])('a value is taken as it stands: %s', async (_, change) => {
    const { ask, ann } = await open()
    expect(await ask({ cookie: `${name}=${change(ann)}` })).toBe('invalid_token')
    expect(await ask({ cookie: `${name}= \t${ann}\t ` })).toBe('ann')
  })

  test('a log-in succeeds whatever cookies are in its way, and is then the only one', async () => {
    const { send, ann, eve } = await open()
    for (const cookie of [
      `${name}=${eve}; ${name}=${ann}`,
      `${name}=`,
      `${name}=nonsense; ${name}=`,
      `${name}="x`,
      ';;;=;',
    ]) {
      const body = JSON.stringify({ username: 'ann', password: goodPassword })
      const headers = { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
      const answer = await send({ method: 'POST', path: '/auth/login', headers, body })
      expect([answer.status, answer.cookies.length]).toEqual([200, 1])
    }
  })

  test('an attacker’s session in the cookie of a victim who logs in is ended, not taken over', async () => {
    const { send, eve, ask } = await open()
    const victim = Object.assign(browser(send), { token: eve })
    await victim.logIn()
    expect(victim.token).not.toBe(eve)
    expect(await ask({ cookie: `${name}=${eve}` })).toBe('invalid_token')
    expect(await ask({ cookie: `${name}=${victim.token}` })).toBe('ann')
  })
})
