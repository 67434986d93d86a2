import { type AdapterCase, adapterCase, answers, cookieName, refuses, same } from './adapter-case.ts'

/** Where a token stands, how it is read, and that nobody sees it afterwards. */
export const queryCases: readonly AdapterCase[] = [
  adapterCase(
    'a token in the query is gone from URL, original URL, query and log; all else stays byte for byte',
    async (t) => {
      const { token } = await t.someone()
      const targets = [
        ['/echo?token=@', '/echo', {}],
        ['/echo?token=@&a=1', '/echo?a=1', { a: ['1'] }],
        ['/echo?a=1&token=@', '/echo?a=1', { a: ['1'] }],
        ['/echo?a=%20b&&c=+d&token=@&e', '/echo?a=%20b&&c=+d&e', { a: [' b'], c: [' d'], e: [''] }],
        ['/echo?x=?y&%74oken=@&token2=z', '/echo?x=?y&token2=z', { x: ['?y'], token2: ['z'] }],
        ['/echo?a=%E2%82%AC&to%6ben=@&b=a%3Db%26token%3Dc', '/echo?a=%E2%82%AC&b=a%3Db%26token%3Dc', undefined],
      ] as const
      for (const [sent, left, query] of targets) {
        const answer = await t.get(sent.replace('@', token))
        answers(answer, 200, { url: left, originalUrl: left, ...(query && { query }) })
        same(answer.body.includes(token), false, 'the token is seen by the handler')
        same(await t.lines(), [`GET ${left} ${left}`], 'the lines of the logger')
        same(answer.header('cache-control'), 'no-store', 'Cache-Control')
        same(answer.header('referrer-policy'), 'no-referrer', 'Referrer-Policy')
        same(answer.cookies, [], 'the cookies')
      }
    },
  ),

  adapterCase(
    'a token is taken out of the query of routes without a guard, of a bad token and of a POST as well',
    async (t) => {
      const { token } = await t.someone()
      for (const bad of [token, `${token}x`, 'nonsense', '', '%', '%E0%A4%A', '+']) {
        const answer = await t.get(`/public?token=${bad}&a=1`)
        answers(answer, 200, { url: '/public?a=1', originalUrl: '/public?a=1', query: { a: ['1'] } })
        const said = [answer.header('cache-control'), answer.header('referrer-policy')]
        same(said, ['no-store', 'no-referrer'], 'the headers')
      }
      answers(await t.post(`/open?token=${token}&a=1`, {}), 200, { url: '/open?a=1', originalUrl: '/open?a=1' })
      const twice = await t.get(`/public?token=${token}&a=1&token=${token}`)
      answers(twice, 200, { url: '/public?a=1', originalUrl: '/public?a=1' })
      answers(await t.send('PUT', `/documents/1?token=${token}`), 200, { url: '/documents/1' })
      same(
        (await t.lines()).some((line) => line.includes(token)),
        false,
        'the token is in the log',
      )
    },
  ),

  adapterCase('D22: a URL without a token stays as it is, and what can’t be decoded throws nothing', async (t) => {
    const { token } = await t.someone()
    for (const target of ['/echo', '/echo?', '/echo?a=%zz&&=&', '/echo?tokens=1&Token=2&a[token]=3', '/echo?a=%00']) {
      answers(await t.peek('GET', target, { cookie: token }), 200, { url: target, originalUrl: target })
      same(await t.lines(), [`GET ${target} ${target}`], 'the lines of the logger')
    }
    for (const target of ['/echo?%', '/auth/session?%E0%A4%A', '/auth/login?%']) {
      same((await t.peek('GET', target)).status < 500, true, `the status of ${target}`)
    }
  }),

  adapterCase(
    'query: false: the parameter is the application’s',
    async (t) => {
      const { token } = await t.someone()
      answers(await t.get('/public?token=mine'), 200, { url: '/public?token=mine', query: { token: ['mine'] } })
      refuses(await t.get(`/echo?token=${token}`), 401, 'unauthenticated')
      answers(await t.get('/echo?token=mine', { cookie: token }), 200, { url: '/echo?token=mine' })
      const wanted = { method: 'GET', path: '/echo', withinMs: 1000, uses: 'once' }
      refuses(await t.post('/auth/url-tokens', wanted, { cookie: token }), 404, 'not_found')
    },
    { settings: { query: false } },
  ),

  adapterCase(
    'query: api-tokens-only: a session token in the query is refused, an API token and a link work',
    async (t) => {
      const { token } = await t.someone()
      const robot = await t.apiToken(token)
      refuses(await t.get(`/echo?token=${token}`), 401, 'invalid_token')
      answers(await t.get('/echo', { cookie: token }), 200)
      answers(await t.get(`/echo?token=${robot.token}`), 200)
      const wanted = { method: 'GET', path: '/echo', withinMs: 1000, uses: 'once' }
      const { url } = (await t.post('/auth/url-tokens', wanted, { cookie: token })).json() as { url: string }
      answers(await t.get(url.slice('https://app.example.com'.length)), 200)
    },
    { settings: { query: 'api-tokens-only' } },
  ),

  adapterCase('D13: our cookie is read byte for byte among others', async (t) => {
    const { token } = await t.someone()
    const get = (cookie: string) => t.get('/echo', { headers: { Cookie: cookie } })
    for (const cookie of [
      `a=b; ${cookieName}=${token}; c=d`,
      `${cookieName}=${token};`,
      `;; \t ${cookieName} = ${token}\t ; x`,
      `a="x; ${cookieName}=${token}"; b=c`.replace('"; b', '; b'),
      `$Version=1; ${cookieName}=${token}`,
    ]) {
      answers(await get(cookie), 200)
    }
    for (const cookie of [
      `__host-sallyport=${token}`,
      `__Host-sallyport2=${token}`,
      `x__Host-sallyport=${token}`,
      `__Host%2Dsallyport=${token}`,
      `sallyport=${token}`,
      `${cookieName}`,
      `x=${cookieName}=${token}`,
      `\u00a0${cookieName}=${token}`,
    ]) {
      refuses(await get(cookie), 401, 'unauthenticated')
    }
    for (const cookie of [
      `${cookieName}="${token}"`,
      `${cookieName}=`,
      `${cookieName}=${token.replace('_', '%5F')}`,
      `${cookieName}=\u00a0${token}`,
    ]) {
      refuses(await get(cookie), 401, 'invalid_token')
    }
  }),
]
