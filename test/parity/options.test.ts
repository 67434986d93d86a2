import { AuthError, createAuth, emailCodes, type FactorType, recoveryCodes, smsCodes } from '@sallyport/core'
import { ldap } from '@sallyport/ldap'
import { github, google, oauth2, oidc } from '@sallyport/oidc'
import { passkeys } from '@sallyport/passkeys'
import { saml } from '@sallyport/saml'
import { memoryStorage } from '@sallyport/storage-memory'
import { expect, test } from 'vitest'

/** What a caller without types may pass. */
type Loose = (options: Record<string, unknown>) => unknown

const client = { id: 'acme', clientId: 'app', clientSecret: 'hush' }
const idp = { id: 'acme', idpEntityId: 'urn:idp', entryPoint: 'https://idp.example', certificates: ['MII'] }
const directory = { id: 'staff', url: 'ldaps://directory.example', base: 'dc=example' }

function factor(make: unknown): Loose {
  return (options) =>
    createAuth({
      origin: 'https://app.example.com',
      secret: 'a secret that is long enough and 0123456789',
      storage: memoryStorage(),
      deliver: () => {},
      factors: [(make as (given: Record<string, unknown>) => FactorType)(options)],
    })
}

test.each<[string, Loose, Record<string, unknown>, string]>([
  ['emailCodes', factor(emailCodes), { digit: 8 }, '`digit` is no option of emailCodes: did you mean `digits`?'],
  ['smsCodes', factor(smsCodes), { who: 'everybody' }, '`who` is no option of smsCodes: use one of digits.'],
  ['recoveryCodes', factor(recoveryCodes), { count: 12 }, '`recoveryCodes` takes no options: leave them out.'],
  ['passkeys', factor(passkeys), { rpID: 'example.com' }, '`rpID` is no option of passkeys: did you mean `rpId`?'],
  [
    'oidc',
    oidc as unknown as Loose,
    { ...client, ...google, scope: ['openid'] },
    '`scope` is no option of oidc: did you mean `scopes`?',
  ],
  [
    'oauth2',
    oauth2 as unknown as Loose,
    { ...client, ...github, maxAge: 1 },
    '`maxAge` is no option of oauth2: use one of ',
  ],
  [
    'saml',
    saml as unknown as Loose,
    { ...idp, wantResponsesSigned: true },
    '`wantResponsesSigned` is no option of saml: did you mean `wantResponseSigned`?',
  ],
  [
    'ldap',
    ldap as unknown as Loose,
    { ...directory, startTLS: true },
    '`startTLS` is no option of ldap: did you mean `startTls`?',
  ],
  [
    'ldap groups',
    ldap as unknown as Loose,
    { ...directory, groups: { base: 'x', member: 'y' } },
    '`groups.member` is no option of ldap: did you mean `groups.memberAttribute`?',
  ],
])(
  'an option of %s that means nothing is refused at the start, with the nearest that does',
  (_, make, options, detail) => {
    let refusal: unknown
    try {
      make(options)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(AuthError)
    expect(refusal).toMatchObject({ code: 'invalid_setting', detail: expect.stringContaining(detail) })
    expect((refusal as AuthError).message).not.toContain('hush')
  },
)
