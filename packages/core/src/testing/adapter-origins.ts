import { type AdapterCase, adapterCase, type AdapterTools, answers, cookieName, refuses, same } from './adapter-case.ts'
import { fixed } from './adapter-fixture.ts'
import { tokenOf } from './adapter-log-in.ts'

const foreign: readonly Readonly<Record<string, string>>[] = [
  {},
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: '' },
  { Origin: 'http://app.example.com' },
  { Origin: 'https://app.example.com:8443' },
  { Origin: 'https://app.example.com.evil.example' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'none' },
  { 'Sec-Fetch-Site': 'cross-site', Host: 'app.example.com' },
]
const ours: readonly Readonly<Record<string, string>>[] = [
  { Origin: fixed.origin },
  { 'Sec-Fetch-Site': 'same-origin' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: fixed.origin },
]

/** Changes come from our own pages; and who the client is. */
export const originCases: readonly AdapterCase[] = [
  adapterCase(
    'ASVS 3.5.1: a change with our cookie that is not from our site is refused, on every route',
    async (t) => {
      const { token } = await t.someone()
      const cookie = { Cookie: `${cookieName}=${token}` }
      for (const headers of foreign) {
        for (const [method, path] of changes) {
          refuses(await t.send(method, path, { headers: { ...cookie, ...headers } }), 403, 'cross_site_request')
        }
      }
      for (const headers of ours) {
        for (const [method, path] of changes) {
          answers(await t.send(method, path, { headers: { ...cookie, ...headers } }), 200)
        }
      }
      answers(await t.get('/echo', { cookie: token }), 200)
    },
  ),

  adapterCase('ASVS 3.5.1: a log-in that is not from our site is refused, with a cookie or without', async (t) => {
    const { username } = await t.user()
    const body = { username, password: fixed.password }
    for (const headers of foreign.filter(({ Origin, ...more }) => Origin || Object.keys(more).length > 0)) {
      const answer = await t.post('/auth/login', body, { headers })
      refuses(answer, 403, 'cross_site_request')
      same(answer.cookies, [], 'the cookies')
    }
    refuses(await t.post('/auth/login', body, { headers: { Cookie: 'theme=dark' } }), 403, 'cross_site_request')
    answers(await t.post('/auth/login', body), 200)
    for (const headers of ours) answers(await t.post('/auth/login', body, { headers }), 200)
  }),

  adapterCase('ASVS 3.5.3: reading needs no origin', async (t) => {
    const { token } = await t.someone()
    const headers = { Cookie: `${cookieName}=${token}`, Origin: 'https://evil.example' }
    answers(await t.get('/echo', { headers }), 200)
  }),

  adapterCase('a change without our cookie is the application’s to judge', async (t) => {
    for (const headers of [...foreign, { Cookie: 'theme=dark', Origin: 'https://evil.example' }]) {
      answers(await t.post('/open', {}, { headers }), 200)
    }
    const { token } = await t.someone()
    const { token: robot } = await t.apiToken(token)
    answers(await t.send('PUT', `/documents/1?token=${robot}`, { headers: { Origin: 'https://evil.example' } }), 200)
  }),

  adapterCase(
    'trustedOrigins: the pages of a listed origin may change, those of another may not',
    async (t) => {
      const { token } = await t.someone()
      const put = (origin: string) =>
        t.send('PUT', '/documents/1', { headers: { Cookie: `${cookieName}=${token}`, Origin: origin } })
      answers(await put('https://admin.example.com'), 200)
      refuses(await put('https://other.example.com'), 403, 'cross_site_request')
    },
    { settings: { trustedOrigins: ['https://admin.example.com'] } },
  ),

  adapterCase('ASVS 15.3.4: without listed proxies the client is the peer, whatever it says', async (t) => {
    const addresses = await addressesSeen(t, ['203.0.113.7', '203.0.113.7, 198.51.100.2', 'nonsense'])
    same(addresses, ['127.0.0.1', '127.0.0.1', '127.0.0.1'], 'the addresses')
  }),

  adapterCase(
    'ASVS 15.3.4: behind a listed proxy the client is the nearest address that is no proxy',
    async (t) => {
      const addresses = await addressesSeen(t, [
        '203.0.113.7',
        '198.51.100.2, 203.0.113.7',
        '203.0.113.7, 10.1.2.3',
        '[2001:db8::7]:4711',
        'nonsense',
        'nonsense, 203.0.113.7',
      ])
      const expected = ['203.0.113.7', '203.0.113.7', '203.0.113.7', '2001:db8::7', '127.0.0.1', '203.0.113.7']
      same(addresses, expected, 'the addresses')
    },
    { settings: { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] } },
  ),
]

const changes = [
  ['POST', '/open'],
  ['PUT', '/documents/1'],
  ['DELETE', '/documents/1'],
] as const

async function addressesSeen(t: AdapterTools, forwarded: readonly string[]): Promise<unknown[]> {
  const { username } = await t.user()
  const seen: unknown[] = []
  for (const chain of forwarded) {
    const headers = { 'X-Forwarded-For': chain }
    const answer = await t.post('/auth/login', { username, password: fixed.password }, { headers })
    const current = await t.get('/auth/session', { cookie: tokenOf(answer) })
    seen.push((current.json() as { session: { address: unknown } }).session.address)
  }
  return seen
}
