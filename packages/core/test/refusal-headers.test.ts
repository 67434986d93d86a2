import { describe, expect, test } from 'vitest'
import type { Auth, Settings } from '@sallyport/core'
import type { Requirement } from '../src/http/visit.ts'
import { fetchView } from '../src/http/fetch-view.ts'
import { house, origin } from './auth-house.ts'
import { goodPassword } from './house.ts'

async function refusal(auth: Auth, path: string, init: RequestInit = {}, requirement: Requirement = {}) {
  const outcome = await auth.visit(fetchView(new Request(origin + path, init))).authorize(requirement)
  if (!('reply' in outcome)) return expect.fail('it was let pass')
  const { status, headers, body } = outcome.reply
  const { code, detail } = JSON.parse(body ?? '{}') as Record<string, unknown>
  return { status, code, detail, challenge: headers.find(([name]) => name === 'WWW-Authenticate')?.[1] }
}

const sessionToken = async (auth: Auth) =>
  (await auth.logIn({ username: 'ann', password: goodPassword })).token.reveal()
const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describe('WWW-Authenticate', () => {
  test('names Bearer where that is read, and what was wrong with the token (RFC 6750 §3)', async () => {
    const { auth, clock, logIn } = await house({ bearer: true })
    const { token } = await logIn()
    expect(await refusal(auth, '/')).toMatchObject({ code: 'unauthenticated', challenge: 'Bearer' })
    expect(await refusal(auth, '/', bearing('nonsense'))).toMatchObject({ challenge: 'Bearer error="invalid_token"' })
    clock.advance(31 * 24 * 60 * 60_000)
    expect(await refusal(auth, '/', bearing(token))).toMatchObject({
      code: 'expired_token',
      challenge: 'Bearer error="invalid_token"',
    })
  })

  test('names a scheme of ours elsewhere, so that nobody sends what is not read', async () => {
    const { auth } = await house()
    expect((await refusal(auth, '/')).challenge).toBe('Sallyport')
    expect((await refusal(auth, '/?token=nonsense')).challenge).toBe('Sallyport')
  })

  test.each([
    [{ within: 90_500 }, ', max_age="90"'],
    [{ assurance: 2 }, ', acr_values="aal2"'],
    [{ assurance: 2, within: 60_000 }, ', acr_values="aal2", max_age="60"'],
    [{ methods: ['hwk'] }, ''],
  ] satisfies [Requirement, string][])(
    'says what would satisfy a step-up (RFC 9470 §3): %j',
    async (requirement, needed) => {
      for (const scheme of ['Bearer', 'Sallyport'] as const) {
        const { auth, clock, logIn } = await house({ bearer: scheme === 'Bearer' })
        const { token } = await logIn()
        clock.advance(100_000)
        expect(await refusal(auth, `/?token=${token}`, {}, requirement)).toMatchObject({
          status: 403,
          code: 'step_up_required',
          challenge: `${scheme} error="insufficient_user_authentication"${needed}`,
        })
      }
    },
  )

  test('is not there where no other credential would help', async () => {
    const { auth, logIn } = await house()
    const { token } = await logIn()
    const answer = await refusal(auth, `/?token=${token}`, {}, { permission: 'be:admin' })
    expect(answer).toMatchObject({ status: 403, code: 'forbidden', challenge: undefined })
  })
})

describe('whoever sends a token where it is not read is told where it is', () => {
  test.each([
    [{}, '/', true, /Authorization header is not read here; send the token as a cookie or as the query parameter/],
    [{ query: false }, '/', true, /Authorization header is not read here; send the token as a cookie\./],
    [{ query: false }, '/?token=TOKEN', false, /not read from the query here; send the token as a cookie\./],
    [{ query: false, bearer: true }, '/?token=TOKEN', false, /cookie or as `Authorization: Bearer`/],
    [{ query: 'api-tokens-only' }, '/?token=TOKEN', false, /^Only API tokens are accepted in the query here/],
  ] satisfies [Partial<Settings>, string, boolean, RegExp][])('%j %s', async (settings, path, isBearing, detail) => {
    const { auth } = await house(settings)
    const token = await sessionToken(auth)
    const answer = await refusal(auth, path.replace('TOKEN', token), isBearing ? bearing(token) : {})
    expect(answer.status).toBe(401)
    expect(answer.detail).toMatch(detail)
    expect(answer.detail).not.toContain(token)
  })

  test('the routes tell it too', async () => {
    const { auth } = await house({ query: 'api-tokens-only', bearer: true })
    const answer = await auth.handle(new Request(`${origin}/auth/sessions?token=${await sessionToken(auth)}`))
    expect(await answer?.json()).toMatchObject({
      code: 'invalid_token',
      detail: expect.stringMatching(/^Only API tokens/) as unknown,
    })
  })

  test('and so does the route that says who one is', async () => {
    const { auth } = await house({ query: 'api-tokens-only' })
    const refused = await auth.handle(new Request(`${origin}/auth/session?token=${await sessionToken(auth)}`))
    expect(await refused?.text()).toContain('"detail":"Only API tokens')
    const other = await house({ query: false })
    const unread = await other.auth.handle(new Request(`${origin}/auth/session?token=x`))
    expect(await unread?.json()).toEqual({
      status: 'anonymous',
      detail: 'Tokens are not read from the query here; send the token as a cookie.',
    })
    const none = await other.auth.handle(new Request(`${origin}/auth/session`))
    expect(await none?.json()).toEqual({ status: 'anonymous' })
  })

  test('whoever sends none is told nothing of it', async () => {
    const { auth } = await house({ query: false })
    expect(await refusal(auth, '/?page=2')).toMatchObject({ code: 'unauthenticated', detail: undefined })
  })
})
