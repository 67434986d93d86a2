import { describe, expect, test } from 'vitest'
import { createMatcher, noRoute, type Route } from '../src/http/route.ts'

const handle: Route['handle'] = () => expect.fail('was called')
const routes: readonly Route[] = [
  { method: 'GET', path: '/session', handle },
  { method: 'POST', path: '/api-tokens', handle },
  { method: 'GET', path: '/api-tokens', handle },
  { method: 'POST', path: '/api-tokens/:id/rotate', handle },
  { method: 'DELETE', path: '/api-tokens/:id', handle },
  { method: 'POST', path: '/login/:provider', handle },
  { method: 'POST', path: '/login/passkey', handle },
]
const match = createMatcher(routes)

describe('D15: routes are found by their exact path', () => {
  test.each([
    ['GET', '/session', routes[0], {}],
    ['HEAD', '/session', routes[0], {}],
    ['POST', '/api-tokens', routes[1], {}],
    ['POST', '/api-tokens/a-1_.~/rotate', routes[3], { id: 'a-1_.~' }],
    ['DELETE', '/api-tokens/__proto__', routes[4], { id: '__proto__' }],
    ['POST', '/login/acme', routes[5], { provider: 'acme' }],
    ['POST', '/login/passkey', routes[6], {}],
  ])('%s %s', (method, path, route, params) => {
    expect(match(method, path)).toEqual({ route, params })
  })

  test.each([
    '',
    '/',
    '/Session',
    '/session/',
    '//session',
    '/./session',
    '/x/../session',
    '/session%20',
    '/%73ession',
    '/session;x',
    '/session\0',
    '/api-tokens/',
    '/api-tokens/a/b',
    '/api-tokens/a%2fb',
    '/api-tokens/a/rotate/',
    '/api-tokens/ ',
    `/api-tokens/${'x'.repeat(256)}`,
    'session',
  ])('there is nothing under %j', (path) => {
    expect(match('DELETE', path)).toEqual({ allow: [] })
    expect(noRoute([]).status).toBe(404)
  })

  test('another method is told what there is', () => {
    expect(match('PUT', '/api-tokens')).toEqual({ allow: ['POST', 'GET'] })
    expect(match('get', '/session')).toEqual({ allow: ['GET'] })
    expect(noRoute(['POST'])).toMatchObject({ status: 405, members: { allow: ['POST'] } })
  })
})
