import { createHash, generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Configuration, JWK, Provider } from 'oidc-provider'
import { listen } from './listen.ts'
import type { ProviderOptions } from './providers.ts'

/** An OpenID provider on this machine: people log in at it by saying who they are. For trying things out, and nothing else. */
export interface LocalProvider {
  readonly url: string
  /** What the service must know of it. */
  readonly options: ProviderOptions
  stop(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const style = `body { font: 1rem/1.6 system-ui, sans-serif; max-width: 26rem; margin: 18vh auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem } form { margin: .625rem 0 } button { font: inherit; color: inherit; width: 100%; padding: .625rem; cursor: pointer;
border: 1px solid #80808099; border-radius: .5rem; background: #80808018 } button:hover { background: #80808030 }`
const policy = [
  "default-src 'none'",
  "frame-ancestors 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
].join('; ')

const people: Readonly<Record<string, string>> = {
  hedy: 'Hedy Lamarr',
  katherine: 'Katherine Johnson',
  claude: 'Claude Shannon',
  murray: 'Grace Murray',
}

const id = 'local'
const clientId = 'the-example'
const clientSecret = 'known to everybody, as it is in the sources'

/**
 * Starts it for a service, on a port (any, if another program has that): who comes back from another port is somebody
 * else to the service. What it is made of is loaded when somebody asks it for something.
 */
export async function startLocalProvider(service: string, port: number): Promise<LocalProvider> {
  const server = await listen(port, true).catch(() => listen(0, true))
  const issuer = `http://localhost:${server.port}`
  let loading: Promise<Handler> | undefined
  server.answerWith(async (request, response) => {
    try {
      const answer = await (loading ??= load(issuer, service))
      await answer(request, response)
    } catch (error) {
      console.error(error)
      if (!response.headersSent) sendPage(response, 500, '<p>Something went wrong. Go back, and try again.</p>')
    }
  })
  return {
    url: issuer,
    options: {
      type: 'oidc',
      id,
      label: 'Local provider',
      issuer,
      clientId,
      clientSecret,
      network: 'localhost',
      // Who was somebody before may be somebody else now.
      prompt: 'login',
    },
    stop: () => server.stop(),
  }
}

async function load(issuer: string, service: string): Promise<Handler> {
  const { default: OidcProvider } = await import('oidc-provider')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'local', use: 'sig', alg: 'RS256' } as JWK
  const settings: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${service}/auth/callback/${id}`],
        post_logout_redirect_uris: [`${service}/`],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [String(key['d'])] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/log-in/${uid}` },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: people[sub] ?? sub,
        preferred_username: sub,
        email: `${sub}@example.org`,
        email_verified: true,
      }),
    }),
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  }
  const provider = withoutWarnings(() => new OidcProvider(issuer, settings))
  provider.on('server_error', (_, error) => console.error(error))
  const answer = provider.callback() as Handler
  return (request, response) =>
    request.url?.startsWith('/log-in/') ? logIn(provider, request, response) : answer(request, response)
}

/** It warns that what it keeps goes with the process: here it is meant to. */
function withoutWarnings<Made>(make: () => Made): Made {
  const { warn } = console
  console.warn = () => {}
  try {
    return make()
  } finally {
    console.warn = warn
  }
}

/** Asks who somebody is, and believes it. Consent is given without a question. */
async function logIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    if (request.method !== 'POST') return sendPage(response, 200, question())
    const accountId = new URL(request.url ?? '', 'http://localhost').searchParams.get('as') ?? ''
    if (!Object.hasOwn(people, accountId)) return sendPage(response, 400, question())
    return provider.interactionFinished(request, response, { login: { accountId, amr: ['pwd'] } })
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) })
  grant.addOIDCScope(String(params['scope']))
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

function question(): string {
  const buttons = Object.entries(people).map(
    ([name, fullName]) => `<form method="post" action="?as=${name}"><button>${fullName}</button></form>`,
  )
  return `<p>This provider runs on your machine, and believes whatever you say. Who are you?</p>${buttons.join('')}`
}

function sendPage(response: ServerResponse, status: number, content: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy,
  })
  const meta = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
  const head = `<title>Local provider</title>${meta}<style>${style}</style>`
  response.end(`<!doctype html><html lang="en"><head>${head}</head><h1>Local provider</h1>${content}</html>`)
}
