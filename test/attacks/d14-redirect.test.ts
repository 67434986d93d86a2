import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser } from '../flows/client.ts'
import { house, minute, origin } from '../flows/house.ts'

async function open() {
  const there = await house()
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  await page.logIn()
  const link = async (path: string) => {
    const answer = await page.send('POST', '/auth/url-tokens', { method: 'GET', path, withinMs: minute })
    return answer.status === 201 ? String(answer.json['url']) : answer.status
  }
  return { ...there, link }
}

describe('D14: a target is parsed and rebuilt, never compared as a text', () => {
  test.each([
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '\t//evil.example',
    ' //evil.example',
    'https://evil.example',
    'https:evil.example',
    'https:/evil.example',
    'HTTPS://evil.example',
    '//evil.example:443',
    '//app.example.com@evil.example',
    '//evil.example/app.example.com',
    '@evil.example',
    ':80',
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://app.example.com/x',
    '?x',
    '#x',
    '.',
    '..',
    '',
    'documents/1',
    '/a#b',
    '/a#',
    '/a?token=x',
    '/a?%74oken=x',
    '/a?x=1&token',
  ])('%j leads nowhere else', async (path) => {
    const { link } = await open()
    const result = await link(path)
    if (typeof result === 'number') expect(result).toBe(400)
    else expect(new URL(result).origin).toBe(origin)
    // None of these names a host and stays a path of ours.
    if (/evil/.test(path)) expect(result).toBe(400)
  })

  test('ASVS 3.7.2: whatever is asked for is on our origin, as a browser reads it', async () => {
    const { link } = await open()
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      ':',
      '@',
      'evil.example',
      '?',
      '#',
      '%2f',
      '%5c',
      '%09',
      '\t',
      '\n',
      ' ',
      'https:',
      'a',
      '\u0000',
      '\u2028',
      '。',
      '／',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (list) => {
        const result = await link(`/${list.join('')}`)
        if (typeof result === 'number') expect(result).toBe(400)
        else expect([new URL(result).origin, new URL(result, 'https://evil.example').origin]).toEqual([origin, origin])
      }),
      { numRuns: 300 },
    )
  })

  test('what is issued is what is opened, byte for byte', async () => {
    const { link, auth } = await open()
    for (const path of ['/a/../b?x=1', '/a%2fb', '/ä?ö', '/a b', '/a//b', '/;x=1?y=%zz']) {
      const url = await link(path)
      expect((await auth.authenticate(new Request(String(url)))).status).toBe('unlocked')
    }
  })
})
