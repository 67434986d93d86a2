import {
  argon2Hasher,
  type Auth,
  createAuth,
  emailCodes,
  type Message,
  type RedirectProvider,
  recoveryCodes,
  type Settings,
} from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import { memoryStorage } from '@sallyport/storage-memory'
import { linkPages } from '../src/index.ts'

export const password = 'correct horse battery staple'

/** An installation with everything that pages can show, and what it has sent. */
export interface House {
  readonly auth: Auth
  readonly messages: Message[]
  /** The time is as it is, and this much later. */
  readonly clock: { later: number }
  /** The link of the last message that bears one, as a path. */
  lastLink(): string
  lastCode(): string
}

/** A house at an origin. Passwords are hashed as cheaply as can be. */
export function house(origin: string, more: Partial<Settings> = {}): House {
  const messages: Message[] = []
  const clock = { later: 0 }
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    factors: [totp({ issuer: 'Lighthouse' }), passkeys(), emailCodes(), recoveryCodes()],
    providers: [localProvider(origin)],
    registration: { by: 'email', roles: ['reader'] },
    linkPages: linkPages(),
    trustedDevices: true,
    audit: true,
    deliver: (message) => void messages.push(message),
    permissions: ({ roles }) => [
      'documents:read',
      'documents:write',
      ...(roles.includes('admin') ? ['sallyport:admin'] : []),
    ],
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
    clock: () => Date.now() + clock.later,
    ...more,
  })
  const last = <Key extends string>(key: Key) =>
    messages.findLast((message) => key in message) as Record<Key, { reveal(): string }>
  return {
    auth,
    messages,
    clock,
    lastLink: () => last('link').link.reveal().slice(origin.length),
    lastCode: () => last('code').code.reveal(),
  }
}

/** A stand-in for an identity provider: it sends the browser back at once, as whoever its last user was. */
function localProvider(origin: string): RedirectProvider {
  return {
    id: 'acme',
    label: 'Acme',
    protocol: 'oidc',
    stateField: 'state',
    canReauthenticate: true,
    onFirstLogin: 'create',
    profile: () => ({ username: 'hedy', displayName: 'Hedy Lamarr' }),
    start: async ({ state }, { callbackUrl }) => ({
      redirectTo: `${callbackUrl}?state=${state}&subject=hedy`,
      kept: {},
    }),
    async finish({ fields, claim }) {
      await claim()
      return {
        issuer: origin,
        subject: fields['subject'] ?? '',
        claims: {},
        methods: ['fed'],
        authenticatedAt: Date.now(),
      }
    },
    check: async () => [
      { name: 'discovery', ok: true, detail: 'The document is there.' },
      { name: 'keys', ok: false, detail: 'The keys can not be read: open the port.' },
    ],
  }
}
