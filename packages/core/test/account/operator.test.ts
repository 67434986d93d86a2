import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { bearing, house, origin } from '../auth-house.ts'
import { testSecret } from '../house.ts'
import { standIn } from '../third-party/stand-in.ts'

describe('an operator, who has no session', () => {
  test('sees the settings that are in force, and nothing secret among them', async () => {
    const { auth } = await house({
      secret: [testSecret, `${testSecret} before`],
      query: 'api-tokens-only',
      audit: true,
    })
    const settings = await auth.operator.settings()
    expect(settings).toMatchObject({
      origin,
      basePath: '/auth',
      secrets: 2,
      mfa: 'optional',
      transports: { query: 'api-tokens-only', bearer: false },
      auditMs: 180 * 24 * 60 * 60_000,
      hasPermissions: true,
      ownUsers: false,
    })
    expect(inspect(settings, { depth: Infinity })).not.toContain(testSecret)
  })

  test('sees the providers of the settings and the stored ones, with what ends those who have left there', async () => {
    const providerTypes = { own: (options: { readonly id: string }) => standIn(options.id, { maxSinceLoginMs: 1000 }) }
    const { auth } = await house({ providers: [standIn('acme')], providerTypes })
    await auth.providers.set({ id: 'later', type: 'own', options: {} })
    const providers = await auth.operator.providers()
    expect(providers.map(({ id, maxSinceLoginMs }) => [id, maxSinceLoginMs])).toEqual([
      ['acme', undefined],
      ['later', 1000],
    ])
  })

  test('describes a user, and nobody', async () => {
    const { auth, ann, clock } = await house()
    await auth.users.disable(ann.id)
    const disabledAt = clock()
    expect(await auth.operator.describe(ann.id)).toMatchObject({
      user: ann,
      hasPassword: true,
      disabledAt: expect.any(Number),
    })
    expect(disabledAt).toBeDefined()
    expect(await auth.operator.describe('nobody')).toBeUndefined()
  })

  test('issues an API token that may do what its user may, and dies with the user’s others', async () => {
    const { auth, ann, log } = await house()
    const { apiToken, token } = await auth.operator.issueApiToken(ann.id, { name: 'nightly', scopes: ['be:reader'] })
    const resolution = await auth.authenticate(bearing(token.reveal()))
    expect(resolution).toMatchObject({
      status: 'unlocked',
      principal: { permissions: ['be:reader'], via: 'api-token' },
    })
    expect(log.of('api_token.issued')).toMatchObject([{ apiTokenId: apiToken.id, sessionId: 'operator' }])
    await auth.apiTokens.revokeAll(ann.id)
    expect(await auth.authenticate(bearing(token.reveal()))).toMatchObject({ status: 'refused' })
  })

  test.each([
    ['wider than its user', { name: 'x', scopes: ['be:root'] }, 'invalid_request'],
    ['that is over already', { name: 'x', expiresAt: 1 }, 'invalid_request'],
  ])('issues none %s', async (_, wanted, code) => {
    const { auth, ann } = await house()
    await expect(auth.operator.issueApiToken(ann.id, wanted)).rejects.toMatchObject({ code })
  })

  test('issues none for a user who is disabled, or not there', async () => {
    const { auth, ann } = await house()
    await auth.users.disable(ann.id)
    await expect(auth.operator.issueApiToken(ann.id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(auth.operator.issueApiToken('nobody', { name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
  })
})
