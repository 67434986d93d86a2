import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuthError } from '@sallyport/core'
import { createReturnTargets } from '../../src/return-to.ts'
import { createBrowser, house } from './house.ts'
import { standIn } from './stand-in.ts'

const origin = 'https://app.example.com'
const callback = 'https://spa.example.org/callback?tenant=1'
const targets = createReturnTargets(origin, [callback, 'com.example.app:/callback', 'http://localhost:5173/cb'])

const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    return error instanceof AuthError ? error.code : 'other'
  }
}

describe('D14, ASVS 3.7.2: where a log-in may return to', () => {
  test.each([
    [undefined, '/'],
    ['/', '/'],
    ['/inbox?a=1&b=%2F#top', '/inbox?a=1&b=%2F#top'],
    ['inbox', '/inbox'],
    ['https:evil.example', '/evil.example'],
    ['?a=1', '/?a=1'],
    ['https://app.example.com/inbox', '/inbox'],
    ['https://app.example.com:443/inbox', '/inbox'],
    ['HTTPS://APP.EXAMPLE.COM/Inbox', '/Inbox'],
    ['/a/../../b', '/b'],
    ['/a\\b', '/a/b'],
    ['\t/in\nbox', '/inbox'],
    ['/%2F%2Fevil.example', '/%2F%2Fevil.example'],
  ])('on our own origin: %j', (text, target) => {
    expect(targets.read(text)).toEqual({ kind: 'own', target })
  })

  test.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '///evil.example',
    'https://evil.example',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://user:password@app.example.com/inbox',
    'https://evil.example\\@app.example.com/',
    'https://app.example.com:8443/',
    'http://app.example.com/',
    'https://app.example.com//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.com/1',
    'https://spa.example.org/',
    'https://spa.example.org/callback',
    'https://spa.example.org/callback?tenant=2',
    'https://spa.example.org/callback?tenant=1&x=1',
    'https://spa.example.org/callback?tenant=1#x',
    'https://spa.example.org/callback/../evil?tenant=1',
    'https://sub.spa.example.org/callback?tenant=1',
    'com.example.app:/other',
    'http://localhost:5174/cb',
    'https://',
    '/'.padEnd(3000, 'x'),
  ])('elsewhere it is refused: %j', (text) => {
    expect(codeOf(() => targets.read(text))).toBe('return_to_not_allowed')
  })

  test('whatever the text: what is given out is on our origin, or exactly a callback', () => {
    const hostile = fc.array(
      fc.constantFrom('/', '\\', '.', '@', ':', '\t', '\n', '%2f', 'https:', 'app.example.com', 'evil', '?', '#', '；'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          hostile.map((parts) => parts.join('')),
          fc.string(),
          fc.webUrl(),
        ),
        (text) => {
          if (codeOf(() => targets.read(text)) !== 'none') return
          const { kind, target } = targets.read(text)
          const seen = new URL(target, `${origin}/auth/callback/acme`)
          if (kind === 'own') {
            expect(seen.origin).toBe(origin)
            expect(target).toMatch(/^\/(?!\/)/)
          } else expect([callback]).toContain(target)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('exactly the callbacks that are listed', () => {
    expect(targets.read(callback)).toEqual({ kind: 'callback', target: callback, needsChallenge: true })
    expect(targets.read('https://SPA.example.org:443/callback?tenant=1')).toMatchObject({ target: callback })
    expect(targets.read('com.example.app:/callback')).toMatchObject({ kind: 'callback' })
  })

  test('parameters are added to what the callback has', () => {
    expect(targets.extend(callback, { code: 'a b', state: undefined })).toBe(`${callback}&code=a+b`)
    expect(targets.extend('/x?error=1#y', { error: '2' })).toBe('/x?error=2#y')
  })

  test.each([
    ['http://spa.example.org/cb', 'use https'],
    ['javascript:alert(1)', 'use https'],
    ['app:/callback', 'use https'],
    ['/callback', 'whole address'],
    ['https://spa.example.org/cb#x', 'whole address'],
    ['https://user@spa.example.org/cb', 'whole address'],
    ['https://app.example.com/cb', 'any path is allowed there'],
  ])('a callback that is not safe can’t be listed: %s', (url, mend) => {
    expect(() => createReturnTargets(origin, [url])).toThrow(mend)
  })

  test('is judged when the log-in starts, and again when it ends', async () => {
    const acme = standIn('acme')
    const browser = createBrowser(house([acme]))
    const refused = await browser.get('/auth/login/acme?returnTo=https://evil.example/')
    expect([refused.status, refused.body['code']]).toEqual([400, 'return_to_not_allowed'])
    const post = await browser.send('POST', '/auth/login/acme', { returnTo: '//evil.example' })
    expect([post.status, post.body['code']]).toEqual([400, 'return_to_not_allowed'])
    expect(acme.started).toEqual([])
  })
})
