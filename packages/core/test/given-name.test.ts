import { describe, expect, test } from 'vitest'
import { mfaHouse } from './mfa/mfa-house.ts'

const unfit: readonly (readonly [string, string])[] = [
  ['a line feed', 'two\nlines'],
  ['NUL', 'a\0b'],
  ['an escape sequence', '\u001b[31mred'],
  ['a control of C1', '\u009b31mred'],
  ['a line separator', 'two\u2028lines'],
  ['half a character', '\ud800'],
]
const refused = { code: 'invalid_request', detail: expect.stringContaining('`name`') }

describe('D7: a name that somebody gives', () => {
  test.each(unfit)('to an API token or a factor does not hold %s', async (_, name) => {
    const { auth, principal, enter, send, enrolTotp } = await mfaHouse()
    const session = await enter()
    const who = await principal(session)
    const token = session.token.reveal()
    await expect(auth.apiTokens.issue(who, { name })).rejects.toMatchObject(refused)
    await expect(auth.factors.beginEnrolment(who, { factor: 'totp', name })).rejects.toMatchObject(refused)
    await expect(enrolTotp(who, name)).rejects.toMatchObject(refused)
    for (const path of ['/api-tokens', '/factors/totp', '/factors/totp/confirm']) {
      expect(await send('POST', path, { name, code: '123456' }, token)).toMatchObject({ status: 400, body: refused })
    }
    expect(await auth.factors.list(who.user.id)).toEqual([])
    expect((await auth.apiTokens.list(who.user.id)).items).toEqual([])
  })

  test('is a text', async () => {
    const { auth, principal, enter } = await mfaHouse()
    const who = await principal(await enter())
    for (const name of [7, ['x']] as never[]) {
      await expect(auth.apiTokens.issue(who, { name })).rejects.toMatchObject(refused)
      await expect(auth.factors.beginEnrolment(who, { factor: 'totp', name })).rejects.toMatchObject(refused)
    }
  })

  test('may be in any script, with characters that are joined', async () => {
    const { auth, principal, enter, enrolTotp } = await mfaHouse()
    const who = await principal(await enter())
    const name = 'Zoë’s 手机 👩‍💻 — “2”'
    expect((await auth.apiTokens.issue(who, { name })).apiToken.name).toBe(name)
    await enrolTotp(who, name)
    expect(await auth.factors.list(who.user.id)).toMatchObject([{ name }])
  })
})
