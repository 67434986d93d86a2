import { AuthError, createAuth, type Settings } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { checkSettings } from '../src/checked-settings.ts'
import { totp } from '../src/factors/totp.ts'
import { memoryStorage, testSecret } from './house.ts'

const good: Settings = { origin: 'https://app.example.com', secret: testSecret, storage: memoryStorage() }

/** Settings as JavaScript may pass them. */
function refusal(settings: Record<string, unknown>): AuthError {
  try {
    createAuth({ ...good, ...settings } as unknown as Settings)
  } catch (error) {
    return error instanceof AuthError ? error : expect.fail(String(error))
  }
  return expect.fail('was accepted')
}

describe('ASVS 16.5.3: what is missing or unsafe is refused at the start, with its mend', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['origin', { origin: undefined }, /https:\/\/app\.example\.com/],
    ['origin', { origin: '' }, /https:\/\/app\.example\.com/],
    ['origin', { origin: 'app.example.com' }, /public address/],
    ['origin', { origin: 'https://app.example.com/app' }, /without a path/],
    ['origin', { origin: 'https://app.example.com?x' }, /without a path/],
    ['origin', { origin: 'https://ann:pw@app.example.com' }, /without a path/],
    ['origin', { origin: 'https://APP.example.com' }, /without a path/],
    ['origin', { origin: 'http://app.example.com' }, /use https/],
    ['origin', { origin: 'http://localhost.example.com' }, /use https/],
    ['origin', { origin: 'http://127.0.0.1.example.com' }, /use https/],
    ['origin', { origin: 'http://10.0.0.1' }, /use https/],
    ['origin', { origin: 'ftp://localhost' }, /use https/],
    ['origin', { origin: 'null' }, /public address/],
    ['origin', { origin: ['https://app.example.com'] }, /public address/],
    ['trustedOrigins', { trustedOrigins: ['*'] }, /public address/],
    ['trustedOrigins', { trustedOrigins: ['null'] }, /public address/],
    ['trustedOrigins', { trustedOrigins: ['http://other.example.com'] }, /use https/],
    ['secret', { secret: undefined }, /openssl rand/],
    ['secret', { secret: '' }, /openssl rand/],
    ['secret', { secret: [] }, /openssl rand/],
    ['secret', { secret: 'short' }, /at least 32 random bytes/],
    ['secret', { secret: 'x'.repeat(64) }, /random/],
    ['secret', { secret: 'changeme'.repeat(8).replaceAll(/[hng]/g, 'c') }, /random/],
    ['secret', { secret: [testSecret, 'short'] }, /at least 32/],
    ['secret', { secret: [testSecret, undefined] }, /openssl rand/],
    ['storage', { storage: undefined }, /memoryStorage\(\)/],
    ['storage', { storage: {} }, /memoryStorage\(\)/],
    ['storage', { storage: memoryStorage }, /memoryStorage\(\)/],
    ['basePath', { basePath: 'auth' }, /slash/],
    ['basePath', { basePath: '/auth/' }, /slash/],
    ['basePath', { basePath: '/' }, /slash/],
    ['basePath', { basePath: '/a//b' }, /slash/],
    ['basePath', { basePath: '/a?b' }, /slash/],
    ['queryParameter', { queryParameter: 'a[]' }, /letters and digits/],
    ['queryParameter', { queryParameter: '' }, /letters and digits/],
    ['tokenPrefix', { tokenPrefix: 'a_b' }, /lower-case/],
    ['tokenPrefix', { tokenPrefix: 'x'.repeat(13) }, /lower-case/],
    ['session', { session: 'nist-aal9' }, /default, nist-aal2/],
    ['session.lifetimeMs', { session: { lifetimeMs: 0 } }, /milliseconds/],
    ['session.lifetimeMs', { session: { lifetimeMs: Number.NaN } }, /milliseconds/],
    ['session.lifetimeMs', { session: { lifetimeMs: Number.POSITIVE_INFINITY } }, /milliseconds/],
    ['session.lifetimeMs', { session: { lifetimeMs: '86400000' } }, /milliseconds/],
    ['session', { session: { idleMs: 60_000 } }, /touchIntervalMs/],
    ['apiToken.lifetimeMs', { apiToken: { lifetimeMs: -1 } }, /milliseconds/],
    ['apiToken.overlapMs', { apiToken: { overlapMs: -1 } }, /milliseconds/],
    ['apiToken.overlapMs', { apiToken: { overlapMs: '86400000' } }, /milliseconds/],
    ['apiToken.overlapMs', { apiToken: { overlapMs: Number.NaN } }, /milliseconds/],
    ['recentMs', { recentMs: 0 }, /milliseconds/],
    ['password.minLength', { password: { minLength: 14 } }, /raise it/],
    ['password.minLength', { password: { minLength: Number.NaN } }, /raise it/],
    ['password.minLength', { password: { minLength: 7 }, mfa: 'required', factors: [{ id: 'x' }] }, /raise it/],
    ['password.minLength', { password: { minLength: 300 } }, /lower it/],
    ['password.maxLength', { password: { maxLength: 63 } }, /64/],
    ['password.maxLength', { password: { maxLength: 2000 } }, /1024/],
    ['password.hashing', { password: { hashing: { concurrency: 0 } } }, /whole number/],
    ['password.hashing', { password: { hashing: { concurrency: Number.NaN } } }, /whole number/],
    ['password.hashing', { password: { hashing: { capacity: 0 } } }, /whole number/],
    ['throttle.account', { throttle: { account: [] } }, /limit/],
    ['throttle.account', { throttle: { account: [{ limit: 0, windowMs: 1000 }] } }, /limit/],
    ['throttle.account', { throttle: { account: [{ limit: 10, windowMs: 0 }] } }, /limit/],
    ['throttle.account', { throttle: { account: [{ limit: Number.POSITIVE_INFINITY, windowMs: 1000 }] } }, /limit/],
    ['throttle.account', { throttle: { account: { limit: 10, windowMs: 1000 } } }, /limit/],
    [
      'throttle.pair',
      { throttle: { pair: [{ limit: 10, windowMs: 1, backOff: { after: 0, fromMs: 1, toMs: 1 } }] } },
      /limit/,
    ],
    ['throttle.device', { throttle: { device: [{ limit: -1, windowMs: 1 }] } }, /limit/],
    ['apiToken.limit', { apiToken: { limit: { requests: 0, withinMs: 1000 } } }, /limit/],
    ['apiToken.limit', { apiToken: { limit: { requests: 10, withinMs: 0 } } }, /limit/],
    ['apiToken.limit', { apiToken: { limit: 10 } }, /limit/],
    ['apiToken.maxPerUser', { apiToken: { maxPerUser: 0 } }, /positive/],
    ['apiToken.maxPerUser', { apiToken: { maxPerUser: 1.5 } }, /whole number/],
    ['throttle.network', { throttle: { network: [{ limit: 100, windowMs: '1000' }] } }, /limit/],
    ['trustedProxies', { trustedProxies: ['*'] }, /10\.0\.0\.0\/8/],
    ['trustedProxies', { trustedProxies: ['0.0.0.0/0'] }, /never everybody/],
    ['trustedProxies', { trustedProxies: ['::/0'] }, /never everybody/],
    ['trustedProxies', { trustedProxies: [true] }, /list addresses/],
    ['mfa', { mfa: 'sometimes' }, /"off", "optional" or "required"/],
    ['query', { query: 'yes' }, /api-tokens-only/],
    ['bearer', { bearer: 'yes' }, /no boolean/],
    ['enrolWithFirstFactor', { enrolWithFirstFactor: 1 }, /no boolean/],
    ['secret', { secret: Buffer.from(testSecret) }, /is no text/],
    ['secret', { secret: [Buffer.from(testSecret)] }, /is no text/],
    ['factors', { factors: [totp] }, /call what makes it, as in \[totp\(\)\]/],
    ['totp', { factors: [totp({ name: 'Acme' } as never)] }, /use issuer or strict/],
    ['factors', { factors: ['totp'] }, /call what makes it/],
    ['factors', { factors: [undefined] }, /call what makes it/],
    ['factors', { factors: [() => ({ id: 'card' })] }, /call what makes it/],
    ['factors', { factors: [async () => undefined] }, /call what makes it/],
    ['factors', { factors: totp() }, /no array/],
    ['users', { users: {} }, /`find` and `findByLogin`/],
    ['users', { users: { find: () => undefined } }, /`find` and `findByLogin`/],
    ['users', { users: null }, /`find` and `findByLogin`/],
    ['trustedProxies', { trustedProxies: '10.0.0.0/8' }, /no array/],
    ['trustedOrigins', { trustedOrigins: 'https://other.example.com' }, /no array/],
    ['providers', { providers: {} }, /no array/],
    ['callbacks', { callbacks: 'https://other.example.com/done' }, /no array/],
    ['password.contextWords', { password: { contextWords: 'acme' } }, /no array/],
    ['registration.roles', { registration: { by: 'username', roles: 'member' } }, /no array/],
    ...['permissions', 'deliver', 'onEvent', 'onError', 'waitUntil', 'clock'].flatMap((name) =>
      [{}, 1, 'x', null].map((value): [string, Record<string, unknown>, RegExp] => [
        name,
        { [name]: value },
        /no function: give one, or leave it out/,
      ]),
    ),
  ])('%s: %j', (name, settings, mend) => {
    const error = refusal(settings)
    expect(error.code).toBe('invalid_setting')
    expect(error.detail).toMatch(new RegExp(`^\`${name.replaceAll('.', '\\.')}\` `))
    expect(error.detail).toMatch(mend)
  })

  test.each<[Record<string, unknown>, string]>([
    [{ trustedProxy: ['10.0.0.0/8'] }, '`trustedProxy` is no setting: did you mean `trustedProxies`?'],
    [{ trustProxies: ['10.0.0.0/8'] }, '`trustProxies` is no setting: did you mean `trustedProxies`?'],
    [{ MFA: 'required' }, '`MFA` is no setting: did you mean `mfa`?'],
    [{ sesion: 'nist-aal2' }, '`sesion` is no setting: did you mean `session`?'],
    [{ session: { idle: 60_000 } }, '`session.idle` is no setting: did you mean `session.idleMs`?'],
    [{ password: { min: 20 } }, '`password.min` is no setting: did you mean `password.minLength`?'],
    [
      { password: { hashing: { workers: 3 } } },
      '`password.hashing.workers` is no setting: use one of concurrency, capacity.',
    ],
    [{ throttle: { ip: [] } }, '`throttle.ip` is no setting: use one of account, network, pair, device.'],
    [{ audit: { days: 90 } }, '`audit.days` is no setting: use one of retentionMs.'],
  ])('a name that is no setting: %j', (settings, detail) => {
    expect(refusal(settings)).toMatchObject({ code: 'invalid_setting', detail })
  })

  test('a name that is like no other is answered with all of them', () => {
    expect(refusal({ cookieDomain: 'example.com' }).detail).toMatch(
      /^`cookieDomain` is no setting: use one of origin, /,
    )
  })

  test('no settings at all', () => {
    expect(() => createAuth(undefined as unknown as Settings)).toThrow('{ origin, secret, storage }')
  })

  test('ASVS 16.2.5: an error never shows the secret', () => {
    const secret = 'canary-1canary-1canary-1'
    expect(refusal({ secret }).message).not.toContain('canary')
  })

  test('memory storage under NODE_ENV=production', () => {
    const before = process.env['NODE_ENV']
    try {
      process.env['NODE_ENV'] = 'production'
      expect(() => createAuth({ ...good, storage: memoryStorage() })).toThrow(/production/)
    } finally {
      process.env['NODE_ENV'] = before
    }
  })
})

describe('what is accepted', () => {
  test.each([
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com:8443',
    'http://localhost',
    'http://localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://app.localhost',
  ])('the origin %s', (origin) => {
    expect(checkSettings({ ...good, origin }).origin).toBe(origin.replace(/\/$/, ''))
  })

  test('what is undefined, whatever its name', () => {
    expect(checkSettings({ ...good, ...{ trustedProxy: undefined } }).proxies).toEqual([])
  })

  test('who sets the limits of an account sets those of its devices too, and none of a network at it', () => {
    const account = [{ limit: 1000, windowMs: 60_000 }]
    expect(checkSettings({ ...good, throttle: { account } }).throttle).toMatchObject({
      account,
      pair: [],
      device: account,
    })
  })

  test('ASVS 7.1.1, 6.2.1, 6.2.9, 6.3.1: the defaults are the safe ones', () => {
    const minute = 60_000
    expect(checkSettings(good)).toMatchObject({
      basePath: '/auth',
      session: { lifetimeMs: 30 * 24 * 60 * minute, idleMs: undefined, touchIntervalMs: minute },
      apiToken: { overlapMs: 24 * 60 * minute, touchIntervalMs: minute },
      policy: { minLength: 15, maxLength: 256, contextWords: [] },
      throttle: {
        account: [{ backOff: { after: 10, fromMs: 15 * minute } }, { limit: 100 }],
        network: [{ limit: 100, windowMs: 15 * minute }],
        pair: [{ backOff: { after: 10 } }],
        device: [{ limit: 20 }],
      },
      recentMs: 60 * minute,
      transports: { query: true, bearer: false, parameter: 'token' },
      proxies: [],
      tokenPrefix: 'sp',
    })
  })

  test('eight characters where everybody needs a second factor', () => {
    expect(checkSettings({ ...good, mfa: 'required' }).policy.minLength).toBe(8)
  })

  test('no overlap', () => {
    expect(checkSettings({ ...good, apiToken: { overlapMs: 0 } }).apiToken.overlapMs).toBe(0)
  })
})
