import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service, startDirectory, suffix } from '../../examples/ldap/directory.ts'
import { startIdentityProvider } from '../../examples/saml/idp.ts'
import { type LocalProvider, startLocalProvider } from '../../examples/shared/src/local-provider.ts'
import { freePort } from '../../scripts/servers/process.ts'
import { type Example, startExample } from './start-example.ts'
import { createWalker, type Walker } from './walker.ts'

interface Session {
  readonly user: { readonly id: string; readonly displayName: string; readonly roles: readonly string[] }
}

const session = async (walker: Walker, url: string): Promise<Session['user']> =>
  (JSON.parse((await walker.get(`${url}/auth/session`)).text) as Session).user

async function start(providers: readonly unknown[], PORT: string): Promise<Example> {
  return startExample('express', { PORT, PROVIDERS: JSON.stringify(providers) })
}

describe('PROVIDERS: people log in', { timeout: 30_000 }, () => {
  let local: LocalProvider
  let port: string
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-providers-'))

  beforeAll(async () => {
    port = String(await freePort())
    local = await startLocalProvider(`http://localhost:${port}`, 0)
  })
  afterAll(async () => {
    await local.stop()
    rmSync(folder, { recursive: true })
  })

  /** Goes through the redirects, and says at the provider who one is. */
  async function logInAtLocal(url: string, as: string): Promise<Session['user']> {
    const walker = createWalker()
    const { url: question } = await walker.get(`${url}/auth/login/local`)
    expect(new URL(question).origin).toBe(local.url)
    const arrived = await walker.post(`${question}?as=${as}`, {})
    expect(arrived.url).toBe(`${url}/`)
    return session(walker, url)
  }

  test('at an OpenID provider, a SAML provider and a directory, each with roles as it was said', async () => {
    const idp = await startIdentityProvider()
    const metadataFile = join(folder, 'metadata.xml')
    writeFileSync(metadataFile, metadataOf(idp))
    const directory = await startDirectory()
    await using example = await start(
      [
        { ...local.options, newUserRoles: ['editor'] },
        { type: 'saml', id: 'acme', metadataFile, attributes: { username: 'mail', displayName: 'displayName' } },
        {
          type: 'ldap',
          id: 'staff',
          url: directory.secureUrl,
          ca: directory.ca,
          base: `ou=people,${suffix}`,
          service,
          groups: { base: `ou=groups,${suffix}` },
          roles: { Editors: ['editor'] },
        },
      ],
      port,
    )
    const { url } = example
    const listed = JSON.parse((await createWalker().get(`${url}/auth/providers`)).text) as unknown
    expect(listed).toMatchObject({ items: [{ id: 'local' }, { id: 'acme' }, { id: 'staff' }] })

    const hedy = await logInAtLocal(url, 'hedy')
    expect(hedy).toMatchObject({ displayName: 'Hedy Lamarr', roles: ['editor'] })
    expect((await logInAtLocal(url, 'hedy')).id).toBe(hedy.id)

    const walker = createWalker()
    const { forms } = await walker.get(`${url}/auth/login/acme`)
    const [form = expect.fail()] = forms
    expect((await walker.post(form.action, form.fields, { crossSite: true })).url).toBe(`${url}/`)
    expect(await session(walker, url)).toMatchObject({
      username: 'hedy@example.org',
      displayName: 'Hedy Lamarr',
      roles: ['reader'],
    })

    const staff = createWalker()
    const body = { username: 'hedy', password: 'a piano roll hops' }
    expect((await staff.send(`${url}/auth/login/staff`, body)).status).toBe(200)
    expect((await session(staff, url)).roles).toEqual(['editor'])
    await directory.stop()
  })

  test('at a plain OAuth 2.0 server', async () => {
    const { clientId, clientSecret } = local.options as never as Record<'clientId' | 'clientSecret', string>
    await using example = await start(
      [
        {
          type: 'oauth2',
          id: 'local',
          clientId,
          clientSecret,
          authorizationEndpoint: `${local.url}/auth`,
          tokenEndpoint: `${local.url}/token`,
          userinfoEndpoint: `${local.url}/me`,
          scopes: ['openid', 'profile'],
          subject: 'sub',
          claims: { displayName: 'name' },
          network: 'localhost',
        },
      ],
      port,
    )
    expect(await logInAtLocal(example.url, 'claude')).toMatchObject({
      displayName: 'Claude Shannon',
      roles: ['reader'],
    })
  })
})

function metadataOf({ idpEntityId, entryPoint, certificates }: Awaited<ReturnType<typeof startIdentityProvider>>) {
  const keys = certificates.map(
    (pem) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${pem.replaceAll(/-----.*-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  )
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${idpEntityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${entryPoint}"/></md:IDPSSODescriptor></md:EntityDescriptor>`
}
