import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { PasswordFactor } from '../factors/password.ts'
import { canonicalName } from '../identifier.ts'
import { type Messenger, whereFrom } from '../message.ts'
import type { Throttle } from '../throttle.ts'
import type { User } from '../user.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import { readEmail } from './email-address.ts'
import type { FoundLink, Links } from './links.ts'
import { sending, type SendingLimits } from './sending.ts'

/** Who may become a user by themselves: the setting `registration`. */
export interface RegistrationSettings {
  /**
   * `'email'`: a link to the address leads to the choice of a password, and the address is the login name; nobody learns
   * who has an account. `'username'`: user name and password at once; a name that is taken shows itself, as names do.
   */
  readonly by: 'email' | 'username'
  /** What every new user may be; nobody chooses it for themselves. */
  readonly roles?: readonly string[]
}

/** What somebody who registers says of themselves. */
export interface RegistrationRequest {
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly email?: string | undefined
  readonly displayName?: string | undefined
}

/** Registration. */
export interface Registrations {
  /** The new user, or `undefined` when a message says how it goes on: the same whether the address has an account. */
  begin(request: RegistrationRequest, client: Client): Promise<User | undefined>
  /** Consumes the link and makes the user. Throws `invalid_code`, `password_refused`, `username_taken`. */
  finish(link: FoundLink, password: string, client: Client): Promise<User>
}

/** What registration is made of. */
export interface RegistrationDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly links: Links
  readonly builtIn: BuiltInDirectory
  readonly passwords: PasswordFactor
  readonly throttle: Throttle
  readonly limits: SendingLimits
  readonly messenger: Messenger | undefined
  readonly registration: RegistrationSettings | undefined
  readonly sendVerification: (userId: string, client: Client) => Promise<void>
  readonly later: (task: () => Promise<unknown>) => void
}

/** Registration by user name or by address. Who only has the address chooses no password for whoever reads the mail there. */
export function createRegistrations(deps: RegistrationDeps): Registrations {
  const { now, emit, links, builtIn, passwords, throttle, messenger, registration, later } = deps
  const { countNetwork, countAccount } = sending(throttle, deps.limits)

  async function sendLink(email: string, displayName: string | undefined, client: Client): Promise<void> {
    const name = canonicalName(email) ?? ''
    if (messenger === undefined || !(await countAccount('registration', name, client))) return
    const holder = await builtIn.findByLogin(name)
    emit('registration.requested', { userId: holder?.id }, client)
    if (holder !== undefined) {
      messenger.notify(holder, 'already_registered', { at: now(), client })
      return
    }
    const issued = await links.issue({
      kind: 'registration',
      purpose: 'registration',
      for: name,
      address: email,
      displayName,
    })
    messenger.send({ type: 'registration', to: email, channel: 'email', client: whereFrom(client), ...issued })
  }

  async function byUsername(request: RegistrationRequest, roles: readonly string[], client: Client): Promise<User> {
    const { username, password, displayName } = request
    if (username === undefined || password === undefined) throw lacking('`username` and `password` are needed.')
    // An address as a name would keep whoever has the address from it.
    if (canonicalName(username)?.includes('@') === true) throw lacking('`username` must not be an address.')
    const email = request.email === undefined ? undefined : readEmail(request.email)
    const credential = await passwords.credential(password, { username, ...(email !== undefined && { email }) }, client)
    const user = await builtIn.create({ username, email, displayName, roles }, credential)
    emit('user.registered', { userId: user.id }, client)
    if (email !== undefined) await deps.sendVerification(user.id, client)
    return user
  }

  return {
    async begin(request, client) {
      if (registration === undefined) throw new AuthError('not_found', { detail: 'Registration is switched off.' })
      await countNetwork('registration', client)
      if (registration.by === 'username') return byUsername(request, registration.roles ?? [], client)
      if (request.email === undefined) throw lacking('`email` is needed.')
      const email = readEmail(request.email)
      later(() => sendLink(email, request.displayName, client))
      return undefined
    },

    async finish(link, password, client) {
      const { address: email, displayName } = link.entry.data
      if (email === null || registration === undefined) throw new AuthError('invalid_code')
      // Before the link is used up: a password that is refused does not cost it.
      const credential = await passwords.credential(password, { username: email, email }, client)
      if (!(await links.consume(link))) throw new AuthError('invalid_code')
      const given = { username: email, email, emailVerified: true, displayName: displayName ?? undefined }
      const user = await builtIn.create({ ...given, roles: registration.roles }, credential)
      emit('user.registered', { userId: user.id }, client)
      return user
    },
  }
}

function lacking(detail: string): AuthError {
  return new AuthError('invalid_request', { detail })
}
