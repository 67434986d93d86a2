import { describe, expect, test } from 'vitest'
import { createCookieJar } from '../src/http/cookie.ts'
import { chooseCredential, readCredentials } from '../src/http/credentials.ts'
import { view } from './view.ts'

const jar = createCookieJar('https://app.example.com')
const all = { parameter: 'token', query: true, bearer: true } as const
const cookie = { cookie: '__Host-sallyport=c' }
const isLink = (token: string) => token.startsWith('link')

function choose(
  url: string,
  headers: Record<string, string> = {},
  transports: Parameters<typeof readCredentials>[2] = all,
) {
  return chooseCredential(readCredentials(view({ url, headers }), jar, transports), isLink)
}

describe('the one credential of a request', () => {
  test.each<[string, string, Record<string, string>, unknown]>([
    ['none', '/', {}, undefined],
    ['the cookie', '/', cookie, { token: 'c', transport: 'cookie' }],
    ['the query', '/?token=q', {}, { token: 'q', transport: 'query' }],
    ['the header', '/', { authorization: 'Bearer b' }, { token: 'b', transport: 'bearer' }],
    ['the header in another case', '/', { authorization: 'bEARER  b' }, { token: 'b', transport: 'bearer' }],
    ['another scheme', '/', { authorization: 'Basic b' }, undefined],
    ['a scheme without a token', '/', { authorization: 'Bearer' }, undefined],
    ['a link before the cookie', '/?token=link', cookie, { token: 'link', transport: 'query' }],
    [
      'a link before two cookies',
      '/?token=link',
      { cookie: '__Host-sallyport=a; __Host-sallyport=b' },
      { token: 'link', transport: 'query' },
    ],
  ])('%s', (_, url, headers, expected) => {
    expect(choose(url, headers)).toEqual(expected)
  })

  test.each<[string, string, Record<string, string>]>([
    ['cookie and query', '/?token=q', cookie],
    ['cookie and query, the same', '/?token=c', cookie],
    ['cookie and header', '/', { ...cookie, authorization: 'Bearer b' }],
    ['query and header', '/?token=q', { authorization: 'Bearer b' }],
    ['query twice', '/?token=a&token=b', {}],
    ['query twice, the same', '/?token=a&token=a', {}],
    ['query twice, one encoded', '/?token=a&%74oken=b', {}],
    ['query twice, one empty', '/?token=a&token', {}],
    ['header twice', '/', { authorization: 'Bearer a, Bearer b' }],
    ['cookie twice', '/', { cookie: '__Host-sallyport=a; __Host-sallyport=b' }],
    ['a link and a header', '/?token=link', { authorization: 'Bearer b' }],
    ['two links', '/?token=link1&token=link2', {}],
  ])('ASVS 15.3.7: more than one is an error: %s', (_, url, headers) => {
    expect(choose(url, headers)).toBe('ambiguous')
  })

  test('a header that is not switched on is not read', () => {
    const off = { ...all, bearer: false }
    expect(choose('/', { authorization: 'Bearer b' }, off)).toBeUndefined()
    expect(choose('/', { ...cookie, authorization: 'Bearer b' }, off)).toEqual({ token: 'c', transport: 'cookie' })
  })

  test('a query that is switched off is not read, and stays as it is', () => {
    const read = readCredentials(view({ url: '/a?token=q&b=1', headers: cookie }), jar, { ...all, query: false })
    expect(read).toMatchObject({ query: [], target: '/a?token=q&b=1' })
  })

  test('another name for the parameter', () => {
    expect(choose('/?token=a&key=b', {}, { ...all, parameter: 'key' })).toEqual({ token: 'b', transport: 'query' })
  })
})
