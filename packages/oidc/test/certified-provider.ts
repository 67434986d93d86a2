import { generateKeyPairSync } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type Configuration, default as OidcProvider, type JWK } from 'oidc-provider'
import { type Listening, listen } from './house.ts'

/** `oidc-provider`, which is certified by the OpenID Foundation, in this process. */
export interface CertifiedProvider extends Listening {
  readonly provider: OidcProvider
  /** Who logs in at it from now on. */
  user: string
  /** How often the user was asked to log in. */
  readonly prompts: string[]
  /** Goes on with other keys, as after a rotation. */
  rotateKeys(): void
}

export const client = { clientId: 'sallyport', clientSecret: 'a secret of at least thirty two characters' }

/** A fresh key, as the provider wants it. */
export function newKey(kid: string): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } as JWK
}

/** Starts it for an application at `appOrigin`. Users are whoever `user` says, without a page to fill in. */
export async function certifiedProvider(
  appOrigin: string,
  providerIds: readonly string[],
  configuration: Configuration = {},
): Promise<CertifiedProvider> {
  let handle: RequestListener = () => {}
  let made: OidcProvider | undefined
  const prompts: string[] = []
  const self = { user: 'alice' }
  const key = newKey('first')
  let issuer = ''

  function build(keys: JWK[], adapter?: Configuration['adapter']): OidcProvider {
    const built = new OidcProvider(issuer, {
      ...configuration,
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: providerIds.map((id) => `${appOrigin}/auth/callback/${id}`),
          post_logout_redirect_uris: [`${appOrigin}/`],
          backchannel_logout_uri: `${appOrigin}/auth/backchannel-logout/acme`,
          backchannel_logout_session_required: true,
        },
      ],
      jwks: { keys },
      cookies: { keys: ['some secret key'] },
      acrValues: ['urn:strong'],
      claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'], profile: ['name'] },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        ...configuration.features,
      },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, name: `User ${id}`, email: `${id}@example.com`, email_verified: true }),
      }),
      pkce: { required: () => true },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
      // Without its guard against private addresses: the application is on this machine.
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
      ...(adapter !== undefined && { adapter }),
    })
    built.on('server_error', (_, error) => console.error('provider', error))
    built.on('backchannel.error', (_, error) => console.error('provider', error))
    return built
  }

  const listening = await listen((origin) => {
    issuer = origin
    made = build([key])
    handle = made.callback() as RequestListener
    return (request, response) => {
      if (made === undefined) return
      if (!request.url?.startsWith('/interaction/')) return handle(request, response)
      void interact(made, request, response)
    }
  })

  async function interact(provider: OidcProvider, ...[request, response]: Parameters<RequestListener>): Promise<void> {
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response)
    prompts.push(prompt.name)
    if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, {
        login: { accountId: self.user, amr: ['pwd', 'mfa'], acr: 'urn:strong' },
      })
      return
    }
    const ids = { accountId: session?.accountId ?? '', clientId: String(params['client_id']) }
    const grant = grantId ? ((await provider.Grant.find(grantId)) ?? new provider.Grant(ids)) : new provider.Grant(ids)
    grant.addOIDCScope(String(params['scope']))
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }

  if (made === undefined) throw new Error('unreachable')
  const { provider } = { provider: made }
  return Object.assign(self, {
    ...listening,
    provider,
    prompts,
    rotateKeys() {
      // Another instance with other keys over the same store: what a rotation looks like from outside.
      made = build([newKey('second')])
      handle = made.callback() as RequestListener
    },
  })
}
