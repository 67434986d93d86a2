import { describe, expect, test } from 'vitest'
import { password, running } from './application.ts'

const app = await running()
const { auth } = app
const ann = await auth.users.create({ username: 'ann', password, roles: ['reader', 'editor'] })
await auth.users.create({ username: 'ben', password })
const day = 24 * 60 * 60_000

interface Created {
  readonly apiToken: { readonly id: string }
  readonly token: string
}

describe('sessions', () => {
  test('are listed without their tokens, and ended by id or all', async () => {
    const tokens = [await app.logIn('ann'), await app.logIn('ann'), await app.logIn('ann')]
    const list = await app.run('sessions list ann --json')
    const { items } = list.json<{ items: { id: string }[] }>()
    expect(items).toHaveLength(3)
    for (const token of tokens) expect(list.stdout).not.toContain(token.split('.')[1])
    const first = items.find(({ id }) => tokens[0]?.includes(id))?.id ?? ''
    const ended = await app.run(['sessions', 'revoke', 'ann', '--json', '--', first, 'no-such-id'])
    expect(ended.json()).toEqual({ revoked: [first], notFound: ['no-such-id'] })
    expect(ended.code).toBe(1)
    expect(await Promise.all(tokens.map(app.isGood))).toEqual([false, true, true])
    expect((await app.run('sessions revoke ann --all --yes')).stdout).toBe('Every session of ann is dead.\n')
    expect(await Promise.all(tokens.map(app.isGood))).toEqual([false, false, false])
  })

  test('of somebody else are not found under a user', async () => {
    const token = await app.logIn('ben')
    const [session] = (await auth.sessions.list((await auth.users.findByLogin('ben'))?.id ?? '')).items
    // An id may begin with a dash.
    expect((await app.run(['sessions', 'revoke', 'ann', '--', session?.id ?? ''])).code).toBe(1)
    expect(await app.isGood(token)).toBe(true)
  })

  test('nothing named is a wrong command line', async () => {
    const { code, stderr } = await app.run('sessions revoke ann')
    expect([code, stderr]).toEqual([2, 'error: Which sessions?\n  mend: name their ids, or say --all\n'])
  })
})

describe('API tokens', () => {
  test('are created, listed, rotated and revoked', async () => {
    const create = 'api-tokens create ann --name nightly --expires 90d --scope be:reader --json'
    const { apiToken, token } = (await app.run(create)).json<Created>()
    expect(await app.isGood(token)).toBe(true)
    const expiresAt = Date.parse((apiToken as unknown as { expiresAt: string }).expiresAt)
    expect(Math.abs(expiresAt - Date.now() - 90 * day)).toBeLessThan(5 * 60_000)
    const list = await app.run('api-tokens list ann')
    expect(list.stdout).toMatch(new RegExp(`^${apiToken.id} +nightly .* be:reader$`, 'm'))
    const rotated = (
      await app.run(['api-tokens', 'rotate', 'ann', '--overlap', '0s', '--json', '--', apiToken.id])
    ).json<Created>()
    expect(await Promise.all([token, rotated.token].map(app.isGood))).toEqual([false, true])
    expect((await app.run(['api-tokens', 'revoke', 'ann', '--', apiToken.id])).code).toBe(0)
    expect(await app.isGood(rotated.token)).toBe(false)
  })

  test('whose name commands a terminal are shown without that', async () => {
    const name = 'a\u001b[2Jb\u009bc\u202ed'
    await auth.operator.issueApiToken(ann.id, { name: 'to be renamed' })
    app.rename('to be renamed', name)
    const [text, json] = await Promise.all([app.run('api-tokens list ann'), app.run('api-tokens list ann --json')])
    expect(text.stdout).toContain(' a?[2Jb?c?d ')
    expect(json.stdout).toContain('a\\u001b[2Jb\\u009bc\\u202ed')
    expect(json.json()).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name })]) })
  })

  test('have no scope that their user has not', async () => {
    const { code, stderr } = await app.run('api-tokens create ann --name wide --scope be:root')
    expect([code, stderr]).toEqual([1, expect.stringContaining('which the user may not do')])
  })

  test('that end soon are found among all users, the first to end first', async () => {
    await auth.apiTokens.revokeAll(ann.id)
    for (const days of [20, 40, 5]) {
      await auth.operator.issueApiToken(ann.id, { name: `in ${days}`, expiresAt: Date.now() + days * day })
    }
    const { items, users } = (await app.run('api-tokens expiring --within 30d --json')).json<{
      items: object[]
      users: number
    }>()
    expect(items).toMatchObject([{ name: 'in 5', user: { username: 'ann' } }, { name: 'in 20' }])
    expect(users).toBe(2)
  })
})

test('by condition: a dry run ends nothing, the real one what it named, and nothing else', async () => {
  const [bad, good] = [await app.logIn('ann', '198.51.100.7'), await app.logIn('ann', '192.0.2.1')]
  const dry = await app.run('revoke --address 198.51.100.0/24 --dry-run --json')
  expect(dry.json()).toMatchObject({ matched: 1, revoked: 0, sample: [{ kind: 'sessions', userId: ann.id }] })
  expect(await Promise.all([bad, good].map(app.isGood))).toEqual([true, true])
  const real = await app.run('revoke --address 198.51.100.0/24 --only sessions --yes')
  expect(real.stdout).toContain('1 match, 1 ended.')
  expect(await Promise.all([bad, good].map(app.isGood))).toEqual([false, true])
  const none = await app.run('revoke --yes')
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('sallyport revoke everyone')])
})

test('everyone: all sessions are dead, and API tokens live on unless they are named', async () => {
  const sessions = [await app.logIn('ann'), await app.logIn('ben')]
  const { token } = await auth.operator.issueApiToken(ann.id, { name: 'stays' })
  expect((await app.run('revoke everyone --yes --json')).json()).toEqual({ users: 2 })
  expect(await Promise.all([...sessions, token.reveal()].map(app.isGood))).toEqual([false, false, true])
})

test('what has expired is forgotten', async () => {
  await auth.operator.issueApiToken(ann.id, { name: 'brief', expiresAt: Date.now() + 1000 })
  await new Promise((resolve) => setTimeout(resolve, 1100))
  expect((await app.run('sweep --limit 1 --json')).json()).toEqual({ forgotten: 1, isDone: false })
  expect((await app.run('sweep --json')).json()).toMatchObject({ isDone: true })
})
