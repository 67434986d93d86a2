import { type AdapterCase, adapterCases, referenceServer } from '@sallyport/core/testing'
import { writeHeaders, writeReply } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'
import { describe, expect, test } from 'vitest'
import { openExpress } from '../../packages/express/test/app.ts'
import { type Breach, brokenAdapter } from './broken-adapters.ts'

/** What an adapter may do wrong, and the rule of the contract that sees it. */
const breaches: readonly (readonly [what: string, rule: string, breach: Breach])[] = [
  ['nothing', '', {}],
  [
    'keeps the token in the URL',
    'is gone from URL',
    { scrub: (req, visit) => void (req.originalUrl = visit.scrub(req.originalUrl)) },
  ],
  ['keeps the token in the original URL', 'is gone from URL', { scrub: (req, visit) => void (req.url = visit.url) }],
  [
    'takes the whole query with the token',
    'is gone from URL',
    { scrub: (req, visit) => void (req.originalUrl = req.url = visit.url.split('?')[0] ?? '') },
  ],
  ['goes on after a refusal', 'a change with our cookie', { ignoresRefusal: true }],
  ['forgets the headers of a visit', 'taken out of the query of routes without a guard', { headers: () => {} }],
  [
    'lets the application overrule the headers of a visit',
    'the application’s own Cache-Control stands',
    { headers: (res, visit) => writeHeaders(res, visit.headers) },
  ],
  [
    'passes when Sallyport is not there',
    'fail, and never pass',
    {
      authorize: async (visit, permission) =>
        visit === undefined ? { principal: undefined } : visit.authorize({ permission }),
    },
  ],
  [
    'forgets the requirement',
    'protect({ within, assurance, methods })',
    { authorize: async (visit, permission) => (visit as NonNullable<typeof visit>).authorize({ permission }) },
  ],
  [
    'forgets the permission',
    'a permission that is missing is named',
    { authorize: async (visit) => (visit as NonNullable<typeof visit>).authorize({}) },
  ],
  [
    'passes when the storage is away',
    'storage away',
    {
      identify: async (visit) => {
        const outcome = await visit.identify()
        return 'reply' in outcome ? { principal: undefined } : outcome
      },
    },
  ],
  [
    'answers with a body of its own',
    'nobody is unauthenticated',
    { write: (res, reply) => writeReply(res, { ...reply, body: reply.body?.replace('You are', 'You’re') }) },
  ],
  [
    'forgets cookies',
    'a session in a cookie',
    {
      write: (res, reply) =>
        writeReply(res, { ...reply, headers: reply.headers.filter(([name]) => name !== 'Set-Cookie') }),
    },
  ],
  [
    'reads the first of two headers',
    'headers sent twice',
    { view: (view) => ({ ...view, header: (name) => view.header(name)?.split(', ')[0] }) },
  ],
  [
    'decodes cookies',
    'read byte for byte',
    { view: (view) => ({ ...view, header: (name) => decode(name, view.header(name)) }) },
  ],
  [
    'believes X-Forwarded-For',
    'the client is the peer, whatever it says',
    { view: (view) => ({ ...view, address: view.header('x-forwarded-for')?.split(',')[0] ?? view.address }) },
  ],
  [
    'does not see what a parser has read',
    'behind a body parser: JSON arrives',
    { view: (view, req) => (req.body === undefined ? view : { ...view, body: async () => new Uint8Array() }) },
  ],
  [
    'reads bodies of any length',
    'more than 64 KiB',
    { view: (view) => ({ ...view, body: () => view.body(Number.MAX_SAFE_INTEGER) }) },
  ],
  [
    'cuts off who sends too much',
    'served after a refusal',
    {
      view: (view, req) => ({
        ...view,
        async body(limit) {
          const bytes = await view.body(limit)
          if (bytes === undefined) req.destroy()
          return bytes
        },
      }),
    },
  ],
  ['forgets where it is mounted', 'below a prefix', { view: (view) => ({ ...view, originalUrl: view.url }) }],
]

describe('the adapter contract sees an adapter that', () => {
  test.each(breaches)('%s', async (_, rule, breach) => {
    const cases = rule === '' ? adapterCases : adapterCases.filter(({ title }) => title.includes(rule))
    const failed: string[] = []
    for (const wanted of cases) if (!(await keeps(wanted, breach))) failed.push(wanted.title)
    expect(failed).toEqual(rule === '' ? [] : cases.map(({ title }) => title))
    expect(cases).not.toEqual([])
  })
})

async function keeps({ options, run }: AdapterCase, breach: Breach): Promise<boolean> {
  const servers = await Promise.all([
    openExpress(5, brokenAdapter(breach))(options),
    referenceServer(memoryStorage(), options),
  ])
  try {
    const [transcript, reference] = [await run(servers[0]), await run(servers[1])]
    return JSON.stringify(transcript) === JSON.stringify(reference)
  } catch {
    return false
  } finally {
    for (const server of servers) await server.close()
  }
}

function decode(name: string, value: string | undefined): string | undefined {
  return name === 'cookie' && value !== undefined ? decodeURIComponent(value) : value
}
