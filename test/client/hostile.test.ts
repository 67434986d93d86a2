import type { IncomingMessage, ServerResponse } from 'node:http'
import { createClient, type Requirement, SallyportError } from '@sallyport/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type HostileServer, startHostile, steal } from './hostile-server.ts'
import { password } from './server.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

async function start(answer: Answer): Promise<HostileServer> {
  const there = await startHostile(answer)
  onTestFinished(() => {
    there.server.close()
    there.server.closeAllConnections()
  })
  return there
}

const saying =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}, type = 'application/json'): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)

const refusing = (body: string, status = 403, headers: Readonly<Record<string, string>> = {}): Answer =>
  saying(status, body, headers, 'application/problem+json')

const leading = (to: string, status = 307): Answer => saying(status, '', { location: to })

/** What an attempt is refused with: nothing but the one class of errors. */
async function refusalOf(attempt: Promise<unknown>): Promise<SallyportError> {
  const error: unknown = await attempt.then(
    (value) => expect.fail(`it was not refused: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  return error instanceof SallyportError ? error : expect.fail(String(error))
}

const ada = { username: 'ada', password }
/** What is said where a token is of no concern: outside a page nothing keeps a cookie. */
const credentials = 'same-origin'

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('takes no password elsewhere, and nothing is believed: %i', async (status) => {
    const thief = await start(steal)
    const there = await start(leading(`${thief.origin}/auth/login`, status))
    for (const by of ['query', 'bearer'] as const) {
      const client = createClient({ url: `${there.origin}/auth`, token: { by } })
      expect(await refusalOf(client.logIn(ada))).toMatchObject({ code: 'unexpected_answer', status })
      expect(client.token).toBeUndefined()
    }
    expect(thief.seen).toEqual([])
  })

  test('of a route of the application is followed, without the token to another origin', async () => {
    const elsewhere = await start(saying(200, 'elsewhere'))
    const there = await start(leading(`${elsewhere.origin}/documents/1`))
    for (const by of ['query', 'bearer'] as const) {
      const client = createClient({ url: `${there.origin}/auth`, token: { by, value: 'sp_s_secret' } })
      expect(await (await client.fetch('/documents/1')).text()).toBe('elsewhere')
    }
    expect(there.seen).toMatchObject([
      { target: 'GET /documents/1?token=sp_s_secret' },
      { authorization: 'Bearer sp_s_secret' },
    ])
    expect(JSON.stringify(elsewhere.seen)).not.toContain('secret')
  })
})

describe.each([
  ['no JSON', '{oops'],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '["step_up_required"]'],
  ['a code that is an object', '{"code":{"a":1},"title":"x"}'],
  ['nothing', ''],
])('a problem document with %s', (_, body) => {
  const onStepUp = () => expect.fail('nobody is asked')

  test.each([401, 403, 500])('is an unexpected answer: %i', async (status) => {
    const there = await start(refusing(body, status))
    for (const options of [{}, { onStepUp }]) {
      const client = createClient({ url: `${there.origin}/auth`, credentials, ...options })
      expect(await refusalOf(client.session())).toMatchObject({ code: 'unexpected_answer', status })
      const answer = await client.fetch('/documents/1')
      expect([answer.status, await answer.text()]).toEqual([status, body])
    }
  })
})

describe('a refusal', () => {
  const hostile = '{"toString":1,"valueOf":1}'

  test('keeps only what has the shape that is documented', async () => {
    const there = await start(
      refusing(
        `{"code":"step_up_required","title":${hostile},"detail":${hostile},"permission":1,"reason":[],"cause":"x",` +
          '"requirement":{"within":"soon","assurance":9,"methods":[1,"otp",null],"more":1}}',
      ),
    )
    const asked: Requirement[] = []
    const onStepUp = async (requirement: Requirement) => void asked.push(requirement)
    const client = createClient({ url: `${there.origin}/auth`, credentials, onStepUp })
    const refusal = await refusalOf(client.session())
    expect(refusal).toMatchObject({ code: 'step_up_required', message: 'step_up_required', status: 403 })
    const { detail, permission, reason, requirement, retryAfterMs, cause } = refusal
    expect({ detail, permission, reason, requirement, retryAfterMs, cause }).toEqual({ requirement: {} })
    expect(asked).toEqual([{}])
  })

  test.each([
    ['null', {}],
    ['"x"', {}],
    ['[]', {}],
    ['{"within":5000,"assurance":2,"methods":["otp"]}', { within: 5000, assurance: 2, methods: ['otp'] }],
    ['{"within":1e999,"assurance":"2","methods":"otp"}', {}],
  ])('asks for a step-up by nothing else: %s', async (requirement, expected) => {
    const there = await start(refusing(`{"code":"step_up_required","title":"x","requirement":${requirement}}`))
    const asked: Requirement[] = []
    const onStepUp = async (wanted: Requirement) => void asked.push(wanted)
    const client = createClient({ url: `${there.origin}/auth`, credentials, onStepUp })
    expect((await client.fetch('/documents/1')).status).toBe(403)
    expect(asked).toEqual([expected])
  })

  test.each([
    ['seconds', '30', 30_000],
    ['none', '0', 0],
    ['a word', 'soon', undefined],
    ['fewer than none', '-5', undefined],
    ['a word for what is no number', 'Infinity', undefined],
    ['more than a number can be', '9'.repeat(400), undefined],
    ['a date of the past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['no date', 'Wed, 99 Oct 2015 07:28:00 GMT', undefined],
  ])('says when to come again, or does not: %s', async (_, value, expected) => {
    const there = await start(refusing('{"code":"unavailable","title":"x"}', 503, { 'retry-after': value }))
    const refusal = await refusalOf(createClient({ url: `${there.origin}/auth`, credentials }).session())
    expect(refusal.code).toBe('unavailable')
    expect(refusal.retryAfterMs).toBe(expected)
  })

  test('says when to come again by a date', async () => {
    const value = new Date(Date.now() + 60_000).toUTCString()
    const there = await start(refusing('{"code":"unavailable","title":"x"}', 503, { 'retry-after': value }))
    const { retryAfterMs = 0 } = await refusalOf(createClient({ url: `${there.origin}/auth`, credentials }).session())
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  test('of another origin asks nobody to prove anything', async () => {
    const onStepUp = () => expect.fail('nobody is asked')
    const elsewhere = await start(refusing('{"code":"step_up_required","title":"x"}'))
    const there = await start(leading(`${elsewhere.origin}/documents/1`))
    const client = createClient({ url: `${there.origin}/auth`, token: { by: 'bearer', value: 'sp_s_x' }, onStepUp })
    expect((await client.fetch(`${elsewhere.origin}/documents/1`)).status).toBe(403)
    expect((await client.fetch('/documents/1')).status).toBe(403)
    expect(elsewhere.seen).toHaveLength(2)
  })

  test('whose end is waited for in vain can be aborted', async () => {
    const there = await start((_, response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' }).write('{"code":')
    })
    for (const options of [{}, { onStepUp: async () => undefined }]) {
      const client = createClient({ url: `${there.origin}/auth`, credentials, ...options })
      const attempt = client.call('GET /session', { signal: AbortSignal.timeout(100) })
      await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' })
    }
  })

  test('that breaks off is an unexpected answer', async () => {
    const there = await start((_, response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json', 'content-length': '99' }).write('{"code":')
      setTimeout(() => response.destroy(), 20)
    })
    for (const options of [{}, { onStepUp: async () => undefined }]) {
      const client = createClient({ url: `${there.origin}/auth`, credentials, ...options })
      expect(await refusalOf(client.session())).toMatchObject({ code: 'unexpected_answer', status: 403 })
    }
  })
})

describe('an answer', () => {
  test.each(['{"a":1}', '"a\\r\\nx: y"', '""', '" a"', '"\u00e9"', '7', 'null'])(
    'with a token that no header can carry is an unexpected one: %s',
    async (token) => {
      const there = await start(saying(200, `{"status":"unlocked","token":${token}}`))
      for (const by of ['query', 'bearer'] as const) {
        const told: unknown[] = []
        const client = createClient({
          url: `${there.origin}/auth`,
          token: { by, value: 'sp_s_before', onChange: (value) => void told.push(value) },
        })
        expect(await refusalOf(client.logIn(ada))).toMatchObject({ code: 'unexpected_answer', status: 200 })
        expect([client.token, told]).toEqual(['sp_s_before', []])
      }
    },
  )

  test.each(['null', '7', '"x"', '{oops', ''])('that is no object is an unexpected one: %s', async (body) => {
    const there = await start(saying(200, body))
    const client = createClient({ url: `${there.origin}/auth`, token: { by: 'query' } })
    for (const attempt of [() => client.session(), () => client.logIn(ada)])
      expect(await refusalOf(attempt())).toMatchObject({ code: 'unexpected_answer', status: 200 })
  })

  test('names nothing that cannot be asked for', async () => {
    const there = await start(
      saying(200, '{"items":[{"id":"\\ud800"},{"id":{"toString":1}},{"id":null}],"next":{"toString":1}}'),
    )
    const client = createClient({ url: `${there.origin}/auth`, credentials })
    const { items, next } = await client.call('GET /sessions')
    for (const { id } of items)
      expect(await refusalOf(client.call('DELETE /sessions/:id', { params: { id } }))).toMatchObject({
        code: 'not_found',
      })
    const onwards = client.call('GET /sessions', { query: { cursor: next } })
    expect(await refusalOf(onwards)).toMatchObject({ code: 'invalid_request' })
  })
})

describe('a server that always wants a step-up', () => {
  const wanting = (requirement: object): string => JSON.stringify({ code: 'step_up_required', title: 'x', requirement })

  async function ask(answer: Answer) {
    const there = await start(answer)
    const asked: Requirement[] = []
    const client = createClient({
      url: `${there.origin}/auth`,
      credentials,
      onStepUp: async (requirement) => {
        asked.push(requirement)
        await new Promise((resolve) => setTimeout(resolve, 20))
      },
    })
    const statuses = async (n: number) => {
      const answers = await Promise.all(Array.from({ length: n }, (_, i) => client.fetch(`/documents/${i}`)))
      return [...new Set(answers.map(({ status }) => status))]
    }
    return { there, asked, statuses }
  }

  test('asks once for all that wait', async () => {
    const { there, asked, statuses } = await ask(refusing(wanting({ within: 1000 })))
    expect(await statuses(20)).toEqual([403])
    expect(asked).toEqual([{ within: 1000 }])
    expect(there.seen.length).toBeLessThanOrEqual(40)
    expect(await statuses(1)).toEqual([403])
    expect(asked).toHaveLength(2)
  })

  test('asks once for all that were under way, however late they are refused', async () => {
    const { there, asked, statuses } = await ask(async (request, response) => {
      const number = Number(request.url?.split('/').at(-1))
      await new Promise((resolve) => setTimeout(resolve, number * 15))
      return refusing(wanting({ within: 1000 }))(request, response)
    })
    expect(await statuses(20)).toEqual([403])
    expect(asked).toHaveLength(1)
    expect(there.seen.length).toBeLessThanOrEqual(60)
  })

  test('of different kinds asks once for each', async () => {
    const { asked, statuses } = await ask(async (request, response) => {
      const number = Number(request.url?.split('/').at(-1))
      const within = number % 2 === 0 ? 1000 : 2000
      await new Promise((resolve) => setTimeout(resolve, (number * 37) % 90))
      return refusing(wanting({ within }))(request, response)
    })
    expect(await statuses(20)).toEqual([403])
    expect(asked).toEqual(expect.arrayContaining([{ within: 1000 }, { within: 2000 }]))
    expect(asked).toHaveLength(2)
  })
})
