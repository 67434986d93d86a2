import { decodeJwt, decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  apple,
  appleSecret,
  auth0,
  discord,
  github,
  gitlab,
  google,
  keycloak,
  microsoft,
  oauth2,
  oidc,
  okta,
} from '../src/index.ts'

const client = { clientId: 'x', clientSecret: 'y' }

describe('presets', () => {
  test.each(
    Object.entries({
      google,
      apple,
      microsoft: microsoft('organizations'),
      gitlab: gitlab(),
      okta: okta('https://example.okta.com'),
      auth0: auth0('example.eu.auth0.com'),
      keycloak: keycloak('https://sso.example.com', 'main'),
    }),
  )('%s makes a provider', (id, preset) => {
    const provider = oidc({ id, ...preset, ...client })
    expect(provider).toMatchObject({ id, protocol: 'oidc' })
    expect(provider.label).not.toBe(id)
  })

  test.each(Object.entries({ github, discord }))('%s makes a provider', (id, preset) => {
    expect(oauth2({ id, ...preset, ...client })).toMatchObject({ id, protocol: 'oauth2', canReauthenticate: false })
  })

  test('D5: none of them takes for a subject what its holder may change', () => {
    for (const { subject } of [github, discord]) expect(subject).toBe('id')
  })

  test('Apple’s secret is a token of five minutes under the key that it gave', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const pem = await exportPKCS8(privateKey)
    const secret = await appleSecret({ teamId: 'TEAM', keyId: 'KEY', clientId: 'com.example.app', privateKey: pem })()
    await jwtVerify(secret, publicKey, {
      issuer: 'TEAM',
      subject: 'com.example.app',
      audience: 'https://appleid.apple.com',
    })
    expect(decodeProtectedHeader(secret)).toEqual({ alg: 'ES256', kid: 'KEY' })
    const { exp = 0, iat = 0 } = decodeJwt(secret)
    expect(exp - iat).toBe(300)
  })
})
