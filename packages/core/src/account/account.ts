import { toClient } from '../client.ts'
import type { CheckedSettings } from '../checked-settings.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { HashingQueue } from '../factors/hashing-queue.ts'
import type { PasswordFactor } from '../factors/password.ts'
import type { PasswordHasher } from '../factors/password-hash.ts'
import { accountFunctions, emailFunctions } from '../function-names.ts'
import type { Messenger } from '../message.ts'
import { onDemand, once } from '../on-demand.ts'
import type { SessionIssuer } from '../session.ts'
import type { Settings } from '../settings.ts'
import type { Storage } from '../storage.ts'
import type { Throttle } from '../throttle.ts'
import type { Tokens } from '../token.ts'
import type { UserLookup } from '../user.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import type { UserStates } from '../user-state.ts'
import type { Account } from './account-functions.ts'
import type { Emails } from './emails.ts'
import type { LinkPages } from './link-pages.ts'

/** What the account's functions stand on. */
export interface AccountDeps {
  readonly settings: Settings
  readonly pages: LinkPages
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
  readonly hasher: PasswordHasher
  readonly later: (task: () => Promise<unknown>) => void
}

/** Account functions. */
export interface AccountFunctions {
  readonly account: Account
  readonly emails: Emails
}

/** The account's functions, whose code is loaded with the first use. */
export function createAccount(deps: AccountDeps): AccountFunctions {
  const load = once(() => loadFunctions(deps))

  return {
    account: onDemand(async () => (await load()).account, accountFunctions),
    emails: onDemand(async () => (await load()).emails, emailFunctions),
  }
}

async function loadFunctions(base: AccountDeps): Promise<AccountFunctions> {
  const [{ createLinks }, { createCodes }, { createEmails }, { createPasswordResets }, { createRegistrations }] =
    await Promise.all([
      import('./links.ts'),
      import('./codes.ts'),
      import('./emails.ts'),
      import('./password-resets.ts'),
      import('./registrations.ts'),
    ])
  const { settings, pages, checked, storage, now, tokens, users } = base
  const links = createLinks(storage, now, tokens, pages)
  const limits = checked.throttle
  const codes = createCodes({ ...base, links, limits })
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

      async inspectPasswordLink(token) {
        const link = await links.find(token, 'reset', 'registration')
        if (link === undefined) return undefined
        const { address, passwordSetAt } = link.entry.data
        // Who registers by a link has the address for a name.
        const username = link.owner === undefined ? address : (await resets.userOf(link))?.username
        return username === undefined || username === null ? undefined : { username, isFirst: passwordSetAt === null }
      },

      async resetPassword(request, context) {
        const client = toClient(context)
        const link = await links.find(request.token, 'reset', 'registration')
        if (link === undefined) throw new AuthError('invalid_code')
        if (link.owner !== undefined) return resets.reset(link, request, client)
        await registrations.finish(link, request.password, client)
      },

      async offerPassword(userId, by) {
        const known = await users.known(userId)
        if (known === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
        return resets.offer(known, by)
      },
    },
  }
}
