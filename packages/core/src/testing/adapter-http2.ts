import { connect } from 'node:http2'
import { type AdapterCase, adapterCase, type AdapterTools, answers, cookieName, same } from './adapter-case.ts'
import { fixed } from './adapter-fixture.ts'

/** What HTTP/2 alone can do. */
export const http2Cases: readonly AdapterCase[] = [
  adapterCase('HTTP/2: many requests at once on one connection, each with a token of its own', async (t) => {
    const people = await Promise.all(Array.from({ length: 10 }, () => t.someone()))
    const session = connect(`http://${t.host}`)
    try {
      const answered = await Promise.all(
        people.map(async ({ username, token }, index) => {
          const byQuery = index % 2 === 0
          const stream = session.request({
            ':path': byQuery ? `/echo?token=${token}` : '/echo',
            ...(!byQuery && { cookie: ['theme=dark', `${cookieName}=${token}`] }),
          })
          let text = ''
          stream.setEncoding('utf8')
          for await (const chunk of stream) text += String(chunk)
          return [username, text] as const
        }),
      )
      for (const [username, text] of answered) {
        const { principal, url } = JSON.parse(text) as { principal: { user: string }; url: string }
        same([principal.user, url], [username, '/echo'], 'who the request is made by')
      }
    } finally {
      session.close()
    }
  }),

  adapterCase('HTTP/2: a stream that is reset in the middle harms nobody', async (t) => {
    const { username, token } = await t.someone()
    const body = JSON.stringify({ username, password: fixed.password })
    await reset(t, { ':path': `/slow?token=${token}` }, '')
    await reset(t, { ':method': 'POST', ':path': '/auth/login', 'content-type': 'application/json' }, body.slice(0, 9))
    await reset(t, { ':method': 'POST', ':path': '/auth/login', 'content-type': 'application/json' }, '')
    await new Promise((resolve) => setTimeout(resolve, 120))
    answers(await t.get('/echo', { cookie: token }), 200)
  }),
]

async function reset(t: AdapterTools, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  const session = connect(`http://${t.host}`)
  const stream = session.request(headers, { endStream: false })
  stream.on('error', () => {})
  if (body !== '') stream.write(body)
  await new Promise((resolve) => setTimeout(resolve, 10))
  stream.close(8)
  await new Promise((resolve) => session.close(() => resolve(undefined)))
}
