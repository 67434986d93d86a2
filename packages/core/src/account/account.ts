import { type CallContext, toClient } from '../client.ts'
import type { CheckedSettings } from '../checked-settings.ts'
import type { Clock } from '../collection.ts'
import { AuthError, invalidSetting } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { HashingQueue } from '../factors/hashing-queue.ts'
import type { PasswordFactor } from '../factors/password.ts'
import type { Messenger } from '../message.ts'
import { onDemand, once } from '../on-demand.ts'
import type { SessionIssuer } from '../session.ts'
import type { Settings } from '../settings.ts'
import type { Storage } from '../storage.ts'
import type { Throttle } from '../throttle.ts'
import type { Tokens } from '../token.ts'
import type { User, UserLookup } from '../user.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import type { UserStates } from '../user-state.ts'
import type { Emails } from './emails.ts'
import { checkLinkPages, type LinkPages } from './link-pages.ts'
import type { IssuedLink } from './links.ts'
import type { PasswordResetRequest } from './password-resets.ts'
import type { RegistrationConfirmation, RegistrationFlow, RegistrationRequest } from './registrations.ts'

/** The account's life, for whoever is in no session yet, and the links that lead there. */
export interface Account {
  /** The new user, or `undefined` when a message says how it goes on. Throws `not_found` where it is switched off, `username_taken`. */
  register(request: RegistrationRequest, context?: CallContext): Promise<User | undefined>
  /** A registration by a code, which is sent to the address: for `verification: 'code'`. The same whether it has an account. */
  beginRegistration(request: RegistrationRequest, context?: CallContext): Promise<RegistrationFlow>
  /** The new user, for the code of a flow. Throws `invalid_code`, `too_many_attempts`, `password_refused`. */
  confirmRegistration(request: RegistrationConfirmation, context?: CallContext): Promise<User>
  /** Sends a link to whoever has this login name. Resolves alike, and as soon, whether anybody has. */
  forgotPassword(login: string, context?: CallContext): Promise<void>
  /** Consumes the token of a reset, an invitation or a registration. Throws `invalid_code`, `password_refused`. */
  resetPassword(request: PasswordResetRequest, context?: CallContext): Promise<void>
  /** A link with which a user chooses a password: sent if there is an address for it, else to be handed over. */
  offerPassword(userId: string): Promise<IssuedLink & { readonly sentTo: string | undefined }>
}

/** What the account's functions stand on. */
export interface AccountDeps {
  readonly settings: Settings
  readonly checked: CheckedSettings
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly tokens: Tokens
  readonly states: UserStates
  readonly users: UserLookup
  readonly builtIn: BuiltInDirectory
  readonly passwords: PasswordFactor
  readonly sessions: SessionIssuer
  readonly throttle: Throttle
  readonly messenger: Messenger | undefined
  readonly queue: HashingQueue
  readonly later: (task: () => Promise<unknown>) => void
}

/** Account functions. */
export interface AccountFunctions {
  readonly account: Account
  readonly emails: Emails
}

/** The account's functions: their settings are checked at once, their code is loaded with the first use. */
export function createAccount(deps: AccountDeps): AccountFunctions {
  const { settings, checked } = deps
  checkRegistration(settings)
  const pages = checkLinkPages(checked.origin, settings.linkPages)
  const load = once(() => loadFunctions(deps, pages))

  return {
    account: onDemand(async () => (await load()).account, {
      register: true,
      beginRegistration: true,
      confirmRegistration: true,
      forgotPassword: true,
      resetPassword: true,
      offerPassword: true,
    }),
    emails: onDemand(async () => (await load()).emails, {
      sendVerification: true,
      verify: true,
      verifyByCode: true,
      change: true,
      confirmChange: true,
      confirmChangeByCode: true,
    }),
  }
}

async function loadFunctions(base: AccountDeps, pages: LinkPages): Promise<AccountFunctions> {
  const [{ createLinks }, { createCodes }, { createEmails }, { createPasswordResets }, { createRegistrations }] =
    await Promise.all([
      import('./links.ts'),
      import('./codes.ts'),
      import('./emails.ts'),
      import('./password-resets.ts'),
      import('./registrations.ts'),
    ])
  const { settings, checked, storage, now, tokens, users } = base
  const links = createLinks(storage, now, tokens, pages)
  const { hasher, throttle: limits } = checked
  const codes = createCodes({ ...base, links, limits, hasher })
  const verification = settings.verification ?? 'link'
  const deps = { ...base, links, codes, verification, isBuiltIn: settings.users === undefined, limits }
  const { emails, sendVerification } = createEmails(deps)
  const resets = createPasswordResets(deps)
  const { registration } = settings
  const registrations = createRegistrations({ ...deps, registration, sendVerification })

  return {
    emails,
    account: {
      register: (request, context) => registrations.begin(request, toClient(context)),
      beginRegistration: (request, context) => registrations.beginByCode(request, toClient(context)),
      confirmRegistration: (request, context) => registrations.finishByCode(request, toClient(context)),
      forgotPassword: (login, context) => resets.forgot(login, toClient(context)),

      async resetPassword(request, context) {
        const client = toClient(context)
        const link = await links.find(request.token, 'reset', 'registration')
        if (link === undefined) throw new AuthError('invalid_code')
        if (link.owner !== undefined) return resets.reset(link, request, client)
        await registrations.finish(link, request.password, client)
      },

      async offerPassword(userId) {
        const known = await users.known(userId)
        if (known === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
        return resets.offer(known)
      },
    },
  }
}

function checkRegistration({ registration, users, deliver, verification = 'link' }: Settings): void {
  if (verification !== 'link' && verification !== 'code') {
    throw invalidSetting('verification', `is ${JSON.stringify(verification)}`, 'use "link" or "code"')
  }
  if (registration === undefined) return
  const { by } = registration
  if (by !== 'email' && by !== 'username') {
    throw invalidSetting('registration.by', `is ${JSON.stringify(by)}`, 'use "email" or "username"')
  }
  if (users !== undefined) {
    throw invalidSetting('registration', 'has nowhere to put users', 'leave it out: the application brings its own')
  }
  if (by === 'email' && deliver === undefined) {
    throw invalidSetting('deliver', 'is missing', 'registration by address sends a link')
  }
}
