import { describe, expect, test } from 'vitest'
import { isFromOurSite, isUnsafe } from '../src/http/origin.ts'
import { view } from './view.ts'

const ours = 'https://app.example.com'
const origins = new Set([ours, 'https://admin.example.com'])
const judge = (headers: Record<string, string>) => isFromOurSite(view({ method: 'POST', headers }), origins)

describe('ASVS 3.5.1: where a change may come from', () => {
  test.each([
    ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }],
    ['our Origin', { origin: ours }],
    ['a listed Origin', { origin: 'https://admin.example.com' }],
    ['a listed Origin from another site', { origin: 'https://admin.example.com', 'sec-fetch-site': 'same-site' }],
    ['both', { origin: ours, 'sec-fetch-site': 'same-origin' }],
    ['a program: neither header, and no cookie', {}],
  ])('%s: passes', (_, headers) => {
    expect(judge({ cookie: 'a=1', ...headers }) || judge(headers)).toBe(true)
  })

  test.each([
    ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
    ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site: none', { 'sec-fetch-site': 'none' }],
    ['Sec-Fetch-Site that is empty', { 'sec-fetch-site': '' }],
    ['Sec-Fetch-Site in another case', { 'sec-fetch-site': 'Same-Origin' }],
    ['Sec-Fetch-Site twice', { 'sec-fetch-site': 'same-origin, cross-site' }],
    ['Origin: null', { origin: 'null' }],
    ['an empty Origin', { origin: '' }],
    ['another Origin', { origin: 'https://evil.example' }],
    ['a sibling', { origin: 'https://evil.example.com' }],
    ['an Origin that begins like ours', { origin: `${ours}.evil.example` }],
    ['an Origin that ends like ours', { origin: 'https://evil-app.example.com' }],
    ['ours over http', { origin: 'http://app.example.com' }],
    ['ours on another port', { origin: `${ours}:8443` }],
    ['ours with a path', { origin: `${ours}/` }],
    ['ours in another case', { origin: 'https://APP.example.com' }],
    ['ours twice', { origin: `${ours}, https://evil.example` }],
    ['no header and a cookie', { cookie: 'anything=1' }],
  ])('%s: refused', (_, headers) => {
    expect(judge(headers)).toBe(false)
    expect(
      judge({ ...headers, host: 'app.example.com', referer: `${ours}/`, 'x-forwarded-host': 'app.example.com' }),
    ).toBe(false)
  })
})

test('ASVS 3.5.3: what may change state', () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) expect(isUnsafe(view({ method }))).toBe(false)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'PROPFIND', 'get', 'X']) {
    expect(isUnsafe(view({ method }))).toBe(true)
  }
  expect(isUnsafe(view({ headers: { upgrade: 'websocket' } }))).toBe(true)
})
