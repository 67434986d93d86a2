import type { AuthenticationRequirement, Principal } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { satisfies } from '../../src/authentication.ts'
import { totp } from '../../src/factors/totp.ts'
import { goodPassword } from '../house.ts'
import { bearing } from '../auth-house.ts'
import { mfaHouse, nextCode, wordFactor } from './mfa-house.ts'

const minute = 60_000
const recent: AuthenticationRequirement = { within: 5 * minute }
const recentStrong: AuthenticationRequirement = { within: 5 * minute, assurance: 2 }

describe('ASVS 7.5.3: what a requirement is judged by', () => {
  const at = 1_000_000
  const strong = {
    level: 2 as const,
    methods: ['pwd', 'otp', 'mfa'],
    provenAt: { pwd: at, otp: at - 6 * minute, mfa: at - 6 * minute },
    authenticatedAt: at,
  }

  test.each<[AuthenticationRequirement, boolean]>([
    [{}, true],
    [recent, true],
    [{ assurance: 2 }, true],
    [recentStrong, false],
    [{ within: 6 * minute, assurance: 2 }, true],
    [{ methods: ['otp'] }, true],
    [{ methods: ['otp'], within: 5 * minute }, false],
    [{ methods: ['pwd'], within: 5 * minute }, true],
    [{ methods: ['pwd', 'otp'], within: 6 * minute }, true],
    [{ methods: ['hwk'] }, false],
    [{ methods: ['constructor'] }, false],
    [{ methods: ['pwd'], within: 5 * minute, assurance: 2 }, false],
  ])('%j: %s', (requirement, satisfied) => {
    expect(satisfies(strong, requirement, at)).toBe(satisfied)
  })
})

async function session() {
  const house = await mfaHouse({ factors: [totp(), wordFactor('key', { methods: ['hwk'] })] })
  const authenticator = await house.enrolTotp()
  const token = authenticator.result?.token.reveal() ?? ''

  /** What `protect` answers. */
  async function protect(requirement: AuthenticationRequirement, bearer: string): Promise<string> {
    const visit = house.auth.visit({
      method: 'GET',
      url: `/documents?token=${bearer}`,
      mountedAt: '',
      header: () => undefined,
      address: undefined,
      body: async () => new Uint8Array(),
      departed: undefined,
    } as never)
    const outcome = await visit.authorize(requirement)
    return 'reply' in outcome ? String((JSON.parse(outcome.reply.body ?? '{}') as { code: string }).code) : 'passes'
  }

  return { ...house, authenticator, token, protect }
}

describe('POST /reauthenticate', () => {
  test('ASVS 7.2.4: the token rotates, the session stays', async () => {
    const { send, clock, authenticator, token, judge, auth, ann } = await session()
    clock.advance(10 * minute)
    const code = authenticator.code()
    const { status, body } = await send('POST', '/reauthenticate', { factor: 'totp', code }, token)
    expect([status, body['status']]).toEqual([200, 'unlocked'])
    expect(await judge(token)).toBe('invalid_token')
    expect(await judge(String(body['token']))).toBe('unlocked')
    const { items } = await auth.sessions.list(ann.id)
    expect(items.map(({ id }) => id)).toContain((body['session'] as { id: string }).id)
  })

  test('the second factor renews the second factor, the password only itself', async () => {
    const { send, clock, authenticator, token, protect } = await session()
    expect(await protect(recentStrong, token)).toBe('passes')
    clock.advance(10 * minute)
    expect(await protect(recent, token)).toBe('step_up_required')
    expect(await protect({ assurance: 2 }, token)).toBe('passes')

    const byPassword = await send('POST', '/reauthenticate', { password: goodPassword }, token)
    const second = String(byPassword.body['token'])
    expect(await protect(recent, second)).toBe('passes')
    expect(await protect(recentStrong, second)).toBe('step_up_required')
    expect(await protect({ methods: ['otp'], within: 5 * minute }, second)).toBe('step_up_required')
    expect(byPassword.body['assurance']).toMatchObject({ level: 2, methods: ['pwd', 'otp', 'mfa'] })

    const byCode = await send('POST', '/reauthenticate', { factor: 'totp', code: authenticator.code() }, second)
    const third = String(byCode.body['token'])
    expect(await protect(recentStrong, third)).toBe('passes')
    expect(await protect({ methods: ['otp'], within: 5 * minute }, third)).toBe('passes')
    expect(await protect({ methods: ['hwk'] }, third)).toBe('step_up_required')
  })

  test('NIST SP 800-63B-4: a password twice, or the same factor twice, is no second factor', async () => {
    const { auth, enter, principal } = await mfaHouse({ factors: [wordFactor('key')], mfa: 'off' })
    const first = await principal(await enter())
    const renewed = await auth.reauthenticate(first, { password: goodPassword })
    expect((await principal(renewed)).assurance?.level).toBe(1)
  })

  test('a step-up with a second factor raises a session that had one factor', async () => {
    const { auth, principal, enter, enrolTotp, clock } = await mfaHouse({ mfa: 'off' })
    const weak = await enter()
    const authenticator = await enrolTotp()
    const raised = await auth.reauthenticate(await principal(weak), {
      factor: 'totp',
      code: nextCode(clock, authenticator),
    })
    expect((await principal(raised)).assurance).toMatchObject({ level: 2, methods: ['pwd', 'otp', 'mfa'] })
  })

  test('ASVS 16.3.1: a wrong code is an event, changes nothing and counts', async () => {
    const { send, token, judge, log } = await session()
    const wrong = await send('POST', '/reauthenticate', { factor: 'totp', code: '000000' }, token)
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'invalid_code'])
    expect(await judge(token)).toBe('unlocked')
    expect(log.of('reauthentication.failed')).toMatchObject([{ factor: 'totp' }])
  })

  test('a code that unlocked does not step up, and the other way round', async () => {
    const { auth, authenticator, clock, token, principalOf, locked } = await session()
    const code = nextCode(clock, authenticator)
    const principal = await principalOf(token)
    await auth.reauthenticate(principal, { factor: 'totp', code })
    const unlock = auth.unlock((await locked()).token.reveal(), { factor: 'totp', code })
    await expect(unlock).rejects.toMatchObject({ code: 'invalid_code' })
  })

  test('two step-ups of one session at once: one token lives', async () => {
    const { auth, clock, authenticator, token, principalOf, judge } = await session()
    const key = await principalOf(token)
    const raised = await auth.factors.beginEnrolment(key, { factor: 'key', code: 'sesame' })
    const principal: Principal = await principalOf(raised.result?.token.reveal() ?? '')
    clock.advance(30_000)
    const all = await Promise.allSettled([
      auth.reauthenticate(principal, { factor: 'totp', code: authenticator.code() }),
      auth.reauthenticate(principal, { factor: 'key', code: 'sesame' }),
      auth.reauthenticate(principal, { password: goodPassword }),
    ])
    const tokens = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.token.reveal()] : []))
    const judged = await Promise.all(tokens.map(judge))
    expect(judged.filter((status) => status === 'unlocked')).toHaveLength(1)
  })
})

describe('NIST SP 800-63B-4 §5.1.2: the presence of a token is not the presence of its user', () => {
  test.each([recent, { assurance: 1 } as const, { assurance: 2 } as const, { methods: ['pwd'] }, { within: 1e12 }])(
    'an API token never satisfies %j',
    async (requirement) => {
      const { auth, principalOf, token, protect } = await session()
      const issued = await auth.apiTokens.issue(await principalOf(token), { name: 'x' })
      expect(await protect(requirement, issued.token.reveal())).toBe('step_up_required')
      expect(await protect({}, issued.token.reveal())).toBe('passes')
    },
  )

  test('an API token of a user below the policy still works, since it is asked for no presence', async () => {
    const { auth, enter, principal, ann } = await mfaHouse()
    const { token } = await auth.apiTokens.issue(await principal(await enter()), { name: 'x' })
    await auth.users.setMfa(ann.id, 'required')
    expect((await auth.authenticate(bearing(token.reveal()))).status).toBe('unlocked')
  })
})

test('a password change makes no second factor younger', async () => {
  const { auth, clock, token, principalOf } = await session()
  const before = await principalOf(token)
  clock.advance(10 * minute)
  const changed = await auth.passwords.change(before, { current: goodPassword, password: `${goodPassword} again` })
  const { assurance } = await principalOf(changed.token.reveal())
  expect(assurance?.provenAt).toEqual({
    pwd: clock(),
    otp: before.assurance?.provenAt['otp'],
    mfa: before.assurance?.provenAt['mfa'],
  })
})
