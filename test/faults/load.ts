import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Client, loggedIn, send } from '../examples/client.ts'

interface User {
  readonly username: string
  readonly password: string
}

/** One answer under load. */
export interface Outcome {
  readonly what: string
  readonly status: number
  readonly code: string | undefined
  readonly ms: number
  readonly retryAfter: string | null
}

/** What the server said was done, and what is to be found again however it fared since. */
export interface Load {
  readonly outcomes: readonly Outcome[]
  /** Asks everything once. */
  once(): Promise<readonly Outcome[]>
  /** Stops, and resolves when the last answer is there. */
  stop(): Promise<void>
  /** What was acknowledged and is not so: lost log-ins, lost API tokens, revocations that were undone. */
  lost(): Promise<readonly string[]>
}

/** Protected requests by session and API token, log-ins, and API tokens that are issued and revoked, without a pause. */
export async function startLoad(base: string, user: User): Promise<Load> {
  const outcomes: Outcome[] = []
  const page = await loggedIn(base, user)
  const writer = await loggedIn(base, user)
  const lasting = await writer.send('POST', '/auth/api-tokens', { body: { name: 'lasting' } })
  const entered: Client['cookie'][] = [page.cookie]
  const issued = new Map([[lasting.json.apiToken.id, lasting.json.token]])
  const revoked = new Map<string, string>()

  async function ask(what: string, request: Promise<Answer>): Promise<Answer> {
    const start = performance.now()
    const answer = await request
    const ms = performance.now() - start
    const { status, headers, json } = answer
    outcomes.push({ what, status, code: json.code, ms, retryAfter: headers.get('retry-after') })
    return answer
  }

  const read = (parts: { cookie?: string | undefined; token?: string | undefined }) =>
    send(base, 'GET', `/api/v1/documents${parts.token ? `?token=${parts.token}` : ''}`, {
      headers: parts.cookie ? { cookie: parts.cookie } : {},
    })

  const tasks = {
    async session() {
      await ask('session', read({ cookie: page.cookie }))
    },

    async apiToken() {
      await ask('API token', read({ token: lasting.json.token }))
    },

    async logIn() {
      const { username, password } = user
      const body = { username, password }
      const { status, headers } = await ask('log-in', send(base, 'POST', '/auth/login', { body }))
      if (status === 200) entered.push(headers.getSetCookie()[0]?.split(';', 1)[0])
    },

    write: writing(),
  }

  /** Issues an API token and, at its next turn, revokes it; of every other one. */
  function writing(): () => Promise<void> {
    let spare: string | undefined
    let count = 0
    return async () => {
      if (spare === undefined) {
        const made = await ask('issue', writer.send('POST', '/auth/api-tokens', { body: { name: 'spare' } }))
        if (made.status !== 201) return
        issued.set(made.json.apiToken.id, made.json.token)
        if (count++ % 2 === 0) spare = made.json.apiToken.id
        return
      }
      const id = spare
      spare = undefined
      const token = issued.get(id) ?? ''
      // Until it is answered either may be true.
      issued.delete(id)
      const ended = await ask('revoke', writer.send('DELETE', `/auth/api-tokens/${id}`))
      if (ended.status === 204) revoked.set(id, token)
    }
  }

  let isOver = false
  const work = async (task: () => Promise<void>) => {
    while (!isOver) {
      await task()
      await sleep(10)
    }
  }
  const { session, apiToken, logIn, write } = tasks
  const writeOnce = writing()
  const working = Promise.all([session, session, apiToken, apiToken, logIn, logIn, write].map(work))

  return {
    outcomes,

    async once() {
      const start = outcomes.length
      for (const task of [session, apiToken, logIn, writeOnce]) await task()
      return outcomes.slice(start)
    },

    async stop() {
      isOver = true
      await working
    },

    async lost() {
      const found: string[] = []
      const expectAll = async (what: string, status: number, answers: readonly (() => Promise<Answer>)[]) => {
        for (const answer of answers) {
          const { status: given, text } = await answer()
          if (given !== status) found.push(`${what}: ${given} ${text}`)
        }
      }
      await expectAll(
        'log-in',
        200,
        entered.map((cookie) => () => read({ cookie })),
      )
      await expectAll(
        'API token',
        200,
        [...issued.values()].map((token) => () => read({ token })),
      )
      await expectAll(
        'revocation',
        401,
        [...revoked.values()].map((token) => () => read({ token })),
      )
      return found
    },
  }
}
