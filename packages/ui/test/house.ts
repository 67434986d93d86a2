import {
  argon2Hasher,
  type Auth,
  createAuth,
  emailCodes,
  type LinkMessage,
  type Message,
  type RedirectProvider,
  recoveryCodes,
  type Settings,
  type Storage,
} from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import { memoryStorage } from '@sallyport/storage-memory'
import { linkPages } from '../src/index.ts'

export const password = 'correct horse battery staple'

/** An installation with everything that pages can show, and what it has sent. */
export interface House {
  readonly auth: Auth
  readonly storage: Storage
  readonly messages: Message[]
  /** Whom the identity provider vouches for, and its origin where it is not ours. */
  readonly acme: { subject: string; origin?: string }
  /** The time is as it is, and this much later. */
  readonly clock: { later: number }
  /** What the last message of a kind bears; of a link, its path. */
  lastLink(type: LinkMessage | 'registration'): string | undefined
  lastCode(purpose: string): string | undefined
  lastTicket(): string | undefined
}

/** A house at an origin. Passwords are hashed as cheaply as can be. */
export function house(origin: string, more: Partial<Settings> = {}): House {
  const messages: Message[] = []
  const clock = { later: 0 }
  const acme: House['acme'] = { subject: 'hedy' }
  const storage = memoryStorage()
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage,
    factors: [totp({ issuer: 'Lighthouse' }), passkeys(), emailCodes(), recoveryCodes()],
    providers: [localProvider(origin, acme)],
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
  const unread = <Type extends Message['type']>(type: Type) =>
    messages.findLast((message): message is Extract<Message, { type: Type }> => message.type === type)
  return {
    auth,
    storage,
    messages,
    acme,
    clock,
    lastLink: (type) => unread(type)?.link.reveal().slice(origin.length),
    lastTicket: () => unread('enrolment-ticket')?.ticket.reveal(),
    lastCode(purpose) {
      const message = unread('code')
      return message?.purpose === purpose ? message.code.reveal() : undefined
    },
  }
}

/** A stand-in for an identity provider: it sends the browser back at once, and vouches for whom it is told to. */
function localProvider(origin: string, acme: Readonly<House['acme']>): RedirectProvider {
  return {
    id: 'acme',
    label: 'Acme',
    protocol: 'oidc',
    stateField: 'state',
    canReauthenticate: true,
    onFirstLogin: 'create',
    profile: () => ({ username: 'hedy', displayName: 'Hedy Lamarr' }),
    start: async ({ state }, { callbackUrl }) => ({
      redirectTo: `${callbackUrl.replace(origin, acme.origin ?? origin)}?state=${state}&subject=${acme.subject}`,
      kept: {},
    }),
    async finish({ fields, claim }, { now }) {
      await claim()
      return {
        issuer: origin,
        subject: fields['subject'] ?? '',
        claims: {},
        methods: ['fed'],
        authenticatedAt: now(),
      }
    },
    startLogout: async () => `${origin}/?logged-out-at=acme`,
    check: async () => [
      { name: 'discovery', ok: true, detail: 'The document is there.' },
      { name: 'keys', ok: false, detail: 'The keys can not be read: open the port.' },
    ],
  }
}
