import { inflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { readIdpMetadata, saml } from '../src/index.ts'
import { attempt, type ServiceProvider, serviceProvider } from './harness.ts'
import {
  assertionXml,
  callbackUrl,
  doublySignedResponse,
  type Facts,
  idpEntityId,
  type KeyPair,
  makeKeyPair,
  metadataUrl,
  responseXml,
  sign,
  signedResponse,
} from './idp.ts'

let key: KeyPair
let other: KeyPair
let sp: ServiceProvider
beforeAll(() => {
  key = makeKeyPair()
  other = makeKeyPair()
  sp = serviceProvider(key)
})

describe('an honest provider', () => {
  it.each([
    ['signs the assertion', signedResponse],
    ['signs the assertion and the response', doublySignedResponse],
  ])('%s', async (_, make) => {
    const { evidence, claims } = await attempt(sp, (f) => make(f, { key }))
    expect(evidence).toMatchObject({
      issuer: idpEntityId,
      subject: 'ada-7',
      methods: ['fed'],
      acr: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
      sessionId: 's1',
      claims: { mail: 'ada@example.org', groups: ['staff', 'editors'] },
    })
    expect(evidence?.authenticatedAt).toBeCloseTo(Date.now(), -4)
    expect(claims).toBe(1)
  })

  it('is asked by a request that names us, and may be asked for a fresh authentication', async () => {
    const request = async (fresh: boolean) => {
      const { redirectTo, kept } = await sp.provider.start({ state: 'the-state', fresh }, sp.context)
      const url = new URL(redirectTo)
      const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
      return { url, kept, xml }
    }
    const { url, kept, xml } = await request(false)
    expect(url.origin + url.pathname).toBe('https://idp.example.org/sso')
    expect(url.searchParams.get('RelayState')).toBe('the-state')
    expect(xml).toContain(`ID="${(kept as { requestId: string }).requestId}"`)
    expect(xml).toContain(callbackUrl)
    expect(xml).toContain(metadataUrl)
    expect(xml).not.toContain('ForceAuthn')
    expect((await request(true)).xml).toContain('ForceAuthn="true"')
  })

  it('may roll over its certificate', async () => {
    const both = serviceProvider(key, { certificates: [other.certificate, key.certificate] })
    for (const signing of [key, other]) {
      expect((await attempt(both, (f) => signedResponse(f, { key: signing }))).evidence).toBeDefined()
    }
  })

  it('may have a clock that is a little off', async () => {
    const off = new Date(Date.now() + 50_000).toISOString()
    const { evidence } = await attempt(sp, (f) => signedResponse({ ...f, notBefore: off, issueInstant: off }, { key }))
    expect(evidence).toBeDefined()
  })
})

const past = new Date(Date.now() - 10 * 60_000).toISOString()
const future = new Date(Date.now() + 10 * 60_000).toISOString()
const old = new Date(Date.now() - 2 * 60 * 60_000).toISOString()

describe('D12: an answer that is signed, and wrong in one thing, is refused and does not use up the request', () => {
  it.each<[string, Partial<Facts>]>([
    ['Destination of another', { destination: 'https://other.example.com/auth/callback/acme' }],
    ['no Destination', { destination: undefined }],
    ['Destination that begins like ours', { destination: `${callbackUrl}/more` }],
    ['InResponseTo of another request', { requestId: '_another' }],
    ['no InResponseTo', { requestId: undefined }],
    ['SubjectConfirmation for another request', { confirmedRequestId: '_another' }],
    ['SubjectConfirmation for no request', { confirmedRequestId: undefined }],
    ['Issuer of the response', { responseIssuer: 'https://evil.example.org' }],
    ['Issuer of the assertion', { issuer: 'https://evil.example.org' }],
    ['Recipient of another', { recipient: 'https://other.example.com/auth/callback/acme' }],
    ['no Recipient', { recipient: undefined }],
    ['SubjectConfirmation that has expired', { confirmedUntil: past }],
    ['SubjectConfirmation without an end', { confirmedUntil: undefined }],
    ['SubjectConfirmation of another kind', { confirmationMethod: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }],
    ['Conditions that have expired', { notOnOrAfter: past }],
    ['Conditions without an end', { notOnOrAfter: undefined }],
    ['Conditions that have not begun', { notBefore: future }],
    ['an end that is no time', { notOnOrAfter: '2030-13-45T99:99:99Z' }],
    ['an end in another zone', { notOnOrAfter: '2099-01-01T00:00:00+01:00' }],
    ['an assertion from the future', { issueInstant: future }],
    ['an assertion of two hours ago', { issueInstant: old }],
    ['Audience of another', { audience: 'https://other.example.com/metadata' }],
    ['no Audience', { audience: undefined }],
    ['no AuthnInstant', { authnInstant: undefined }],
    ['AuthnInstant from the future', { authnInstant: future }],
    ['no NameID', { nameId: undefined }],
    ['an empty NameID', { nameId: '' }],
    ['a transient NameID', { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }],
    ['an address as NameID', { nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' }],
    ['a status that is no success', { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }],
    ['a document type', { prolog: '<!DOCTYPE x [<!ENTITY e "ada-7">]>' }],
  ])('%s', async (_, wrong) => {
    const { facts, kept } = await sp.start()
    const { refusal, claims } = await sp.finish(signedResponse({ ...facts, ...wrong }, { key }), kept)
    expect(refusal).toBeTruthy()
    expect(claims).toBe(0)
    expect((await sp.finish(signedResponse(facts, { key }), kept)).evidence).toBeDefined()
  })
})

describe('ASVS 6.8.2, D17: a signature that proves nothing', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#'
  const refused = async (make: (f: Facts) => string) => {
    const { refusal, claims } = await attempt(sp, make)
    expect(refusal).toBeTruthy()
    expect(claims).toBe(0)
  }

  it('is not there', () => refused((f) => responseXml(f, assertionXml(f))))
  it('is of another key', () => refused((f) => signedResponse(f, { key: other })))
  it('ASVS 11.6.1: is of SHA-1', () => refused((f) => signedResponse(f, { key, signature: `${sha1}rsa-sha1` })))
  it('ASVS 11.6.1: has a digest of SHA-1', () => refused((f) => signedResponse(f, { key, digest: `${sha1}sha1` })))
  it('is canonical with comments', () =>
    refused((f) => signedResponse(f, { key, canonicalization: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' })))
  it('is over the response alone', () => refused((f) => sign(responseXml(f, assertionXml(f)), f.responseId, { key })))
  it('was right before something was changed', () =>
    refused((f) => signedResponse(f, { key }).replace('ada-7', 'root')))
  it('was taken away', () => refused((f) => signedResponse(f, { key }).replace(/<Signature.*?<\/Signature>/s, '')))
  it('names HMAC with the certificate as its secret', () =>
    refused((f) => signedResponse(f, { key }).replace(/xmldsig-more#rsa-sha256/g, 'xmldsig-more#hmac-sha256')))
  it('is right for the assertion, where the response must be signed too', async () => {
    const strict = serviceProvider(key, { wantResponseSigned: true })
    expect((await attempt(strict, (f) => signedResponse(f, { key }))).refusal).toBeTruthy()
    expect((await attempt(strict, (f) => doublySignedResponse(f, { key }))).evidence).toBeDefined()
  })
})

it('ASVS 6.8.3: an assertion is accepted once, also for another request', async () => {
  const { facts, kept } = await sp.start()
  const xml = signedResponse(facts, { key })
  expect((await sp.finish(xml, kept)).evidence).toBeDefined()
  expect((await sp.finish(xml, kept)).refusal).toBe('the assertion was used before')
})

it('a comment in a name does not shorten it', async () => {
  const { evidence, refusal } = await attempt(sp, (f) =>
    signedResponse({ ...f, nameId: 'ada-7.evil' }, { key }).replace('ada-7.evil', 'ada-7<!-- -->.evil'),
  )
  expect(refusal ?? evidence?.subject).not.toBe('ada-7')
})

describe('D22: what is no response at all', () => {
  it.each([
    ['nothing', ''],
    ['no base64', '<samlp:Response/>'],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0x00]).toString('base64')],
    ['no XML', Buffer.from('hello').toString('base64')],
    ['an open element', Buffer.from('<a><b></a>').toString('base64')],
    ['a megabyte', 'A'.repeat(1024 * 1024)],
    ['ten thousand elements, one in the other', Buffer.from('<a>'.repeat(10_000)).toString('base64')],
  ])('%s', async (_, field) => {
    const answer = { fields: { SAMLResponse: field }, kept: { requestId: '_x' }, fresh: false, startedAt: 0 }
    const claim = async () => expect.fail('it must not be claimed')
    await expect(sp.provider.finish({ ...answer, claim }, sp.context)).rejects.toMatchObject({
      code: 'provider_refused',
    })
  })
})

describe('an answer that nobody asked for', () => {
  const unasked = (f: Facts): Facts => ({ ...f, requestId: undefined, confirmedRequestId: undefined })

  it('is about no request', async () => {
    const open = serviceProvider(key, { unsolicited: true })
    const { facts } = await open.start()
    expect(open.provider.unsolicited).toBe(true)
    expect((await open.finish(signedResponse(unasked(facts), { key }), undefined)).evidence).toBeDefined()
    expect((await open.finish(signedResponse(facts, { key }), undefined)).refusal).toBe(
      'InResponseTo is another request',
    )
  })

  it('is off by default', () => expect(sp.provider.unsolicited).toBe(false))
})

describe('metadata', () => {
  it('of ours names the callback, and what must be signed', async () => {
    const signed = serviceProvider(key, { signing: other })
    const { contentType, body } = (await signed.provider.metadata?.(signed.context)) ?? { contentType: '', body: '' }
    expect(contentType).toBe('application/samlmetadata+xml')
    for (const part of [callbackUrl, metadataUrl, 'WantAssertionsSigned="true"', 'AuthnRequestsSigned="true"']) {
      expect(body).toContain(part)
    }
  })

  const certificate = (use: string, text: string) =>
    `<md:KeyDescriptor${use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n${text}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
  const entity = (id: string, keys: string) =>
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.org/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.org/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`
  const bare = (pem: string) => pem.replace(/-----.*?-----|\s/g, '')

  it('of a provider gives the settings, with every certificate for signing', async () => {
    const keys =
      certificate(' use="signing"', bare(key.certificate)) +
      certificate('', bare(other.certificate)) +
      certificate(' use="encryption"', 'AAAA')
    const metadata = readIdpMetadata(entity(idpEntityId, keys))
    expect(metadata).toEqual({
      idpEntityId,
      entryPoint: 'https://idp.example.org/sso',
      certificates: [bare(key.certificate), bare(other.certificate)],
    })
    const from = serviceProvider(key, metadata)
    expect((await attempt(from, (f) => signedResponse(f, { key: other }))).evidence).toBeDefined()
  })

  it('of several providers needs a name', () => {
    const keys = certificate('', bare(key.certificate))
    const both = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entity('a', keys)}${entity('b', keys)}</md:EntitiesDescriptor>`
    expect(() => readIdpMetadata(both)).toThrow('say which by its entityId')
    expect(readIdpMetadata(both, 'b').idpEntityId).toBe('b')
    expect(() => readIdpMetadata(both, 'c')).toThrow('no such identity provider')
  })
})

it('settings that could verify nothing are refused, with their mend', () => {
  const settings = {
    id: 'acme',
    idpEntityId,
    entryPoint: 'https://idp.example.org/sso',
    certificates: [key.certificate],
  }
  const wrong = [
    { idpEntityId: '' },
    { entryPoint: 'http://idp.example.org' },
    { certificates: [] },
    { clockSkewMs: 3_600_000 },
  ]
  for (const change of wrong) expect(() => saml({ ...settings, ...change })).toThrow(/metadata|leave it out/)
})

it('a dry run says what the provider must know', async () => {
  expect(await sp.provider.check(sp.context)).toMatchObject([{ name: 'request', ok: true }])
  const broken = serviceProvider(key, { signing: { privateKey: 'no key', certificate: '' } })
  expect(await broken.provider.check(broken.context)).toMatchObject([{ ok: false }])
})
