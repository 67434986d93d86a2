import type { Client } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { PasswordFactor } from '../factors/password.ts'
import { canonicalName } from '../identifier.ts'
import { type Messenger, whereFrom } from '../message.ts'
import type { Secret } from '../secret.ts'
import type { Throttle } from '../throttle.ts'
import type { User } from '../user.ts'
import type { BuiltInDirectory } from '../user-directory.ts'
import { codeLifeMs, type Codes, newFlow } from './codes.ts'
import { readEmail } from './email-address.ts'
import type { FoundLink, Links, Verification } from './links.ts'
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

/** What only whoever has begun a registration by code has. `expiresAt` is in milliseconds since the epoch. */
export interface RegistrationFlow {
  readonly flow: Secret
  readonly expiresAt: number
}

/** A registration that is completed by the code that was sent. */
export interface RegistrationConfirmation {
  readonly flow: string
  readonly code: string
  readonly password: string
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
  /** Sends a code in the place of a link. The same whether the address has an account. */
  beginByCode(request: RegistrationRequest, client: Client): Promise<RegistrationFlow>
  /** Makes the user, if that was the code. Throws `invalid_code`, `too_many_attempts`, `password_refused`, `username_taken`. */
  finishByCode(request: RegistrationConfirmation, client: Client): Promise<User>
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
  readonly codes: Codes
  readonly verification: Verification
  /** Sends what proves the address of a new user, after the answer. */
  readonly sendVerification: (userId: string, client: Client) => Promise<void>
  readonly later: (task: () => Promise<unknown>) => void
}

const kind = { kind: 'registration', purpose: 'registration' } as const

/** Registration by user name or by address. Who only has the address chooses no password for whoever reads the mail there. */
export function createRegistrations(deps: RegistrationDeps): Registrations {
  const { now, emit, links, builtIn, passwords, throttle, messenger, registration, later } = deps
  const { countNetwork, countAccount } = sending(throttle, deps.limits)

  /** Sends what leads on, unless the address has an account: its holder is told then. */
  async function send(email: string, client: Client, lead: (name: string) => Promise<void>): Promise<void> {
    const name = canonicalName(email) ?? ''
    if (messenger === undefined || !(await countAccount('registration', name, client))) return
    const holder = await builtIn.findByLogin(name)
    emit('registration.requested', { userId: holder?.id }, client)
    if (holder !== undefined) {
      messenger.notify(holder, 'already_registered', { at: now(), client })
      return
    }
    await lead(name)
  }

  async function sendLink(email: string, displayName: string | undefined, client: Client): Promise<void> {
    await send(email, client, async (name) => {
      const issued = await links.issue({ ...kind, for: name, address: email, displayName })
      messenger?.send({ type: 'registration', to: email, channel: 'email', client: whereFrom(client), ...issued })
    })
  }

  async function sendCode(flow: string, email: string, displayName: string | undefined, client: Client): Promise<void> {
    await send(email, client, async (name) => {
      const wanted = { ...kind, for: name, address: email, displayName }
      const issued = await deps.codes.issue({ purpose: 'registration', flow }, wanted, client)
      const about = { to: email, channel: 'email', client: whereFrom(client) } as const
      messenger?.send({ type: 'code', purpose: 'registration', ...about, ...issued })
    })
  }

  async function byUsername(request: RegistrationRequest, roles: readonly string[], client: Client): Promise<User> {
    const { username, password, displayName } = request
    if (username === undefined || password === undefined) throw lacking('`username` and `password` are needed.')
    // An address as a name would keep whoever has the address from it.
    if (canonicalName(username)?.includes('@') === true) throw lacking('`username` must not be an address.')
    const email = request.email === undefined ? undefined : readEmail(request.email)
    const credential = await passwords.credential(password, { username, ...(email !== undefined && { email }) }, client)
    const user = await builtIn.create({ username, email, displayName, roles }, credential, client)
    emit('user.registered', { userId: user.id }, client)
    if (email !== undefined) later(() => deps.sendVerification(user.id, client))
    return user
  }

  async function checkOpen(client: Client): Promise<RegistrationSettings> {
    if (registration === undefined) throw new AuthError('not_found', { detail: 'Registration is switched off.' })
    await countNetwork('registration', client)
    return registration
  }

  function addressIn({ email }: RegistrationRequest): string {
    if (email === undefined) throw lacking('`email` is needed.')
    return readEmail(email)
  }

  async function finish(link: FoundLink, password: string, client: Client): Promise<User> {
    const { address: email, displayName } = link.entry.data
    if (email === null || registration === undefined) throw new AuthError('invalid_code')
    // Before the link is used up: a password that is refused does not cost it.
    const credential = await passwords.credential(password, { username: email, email }, client)
    if (!(await links.consume(link))) throw new AuthError('invalid_code')
    const given = { username: email, email, emailVerified: true, displayName: displayName ?? undefined }
    const user = await builtIn.create({ ...given, roles: registration.roles }, credential, client)
    emit('user.registered', { userId: user.id }, client)
    return user
  }

  return {
    async begin(request, client) {
      const { by, roles = [] } = await checkOpen(client)
      if (by === 'username') return byUsername(request, roles, client)
      if (deps.verification === 'code') throw lacking('Addresses are proved by codes: begin a registration by code.')
      const email = addressIn(request)
      later(() => sendLink(email, request.displayName, client))
      return undefined
    },

    async beginByCode(request, client) {
      const { by } = await checkOpen(client)
      if (by === 'username' || deps.verification !== 'code') throw lacking('Nobody registers by a code here.')
      const email = addressIn(request)
      const flow = newFlow()
      later(() => sendCode(flow.reveal(), email, request.displayName, client))
      return { flow, expiresAt: now() + codeLifeMs }
    },

    async finishByCode({ flow, code, password }, client) {
      const found = await deps.codes.find({ purpose: 'registration', flow }, code, client)
      if (found === undefined) throw new AuthError('invalid_code')
      return finish(found, password, client)
    },

    finish,
  }
}

function lacking(detail: string): AuthError {
  return new AuthError('invalid_request', { detail })
}
