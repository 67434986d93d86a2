import { type Method, proveAgain, proveFactor, provenBy } from './authentication.ts'
import { type Client, toClient } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import type { FactorSubject } from './factors/factor.ts'
import type { AdoptPassword } from './factors/foreign-credential.ts'
import type { PasswordFactor } from './factors/password.ts'
import type { AuthFunctions } from './functions.ts'
import { sessionOf } from './issuer.ts'
import type { LockedTokens } from './locked-token.ts'
import type { Messenger } from './message.ts'
import type { Permissions } from './permissions.ts'
import type { Principal } from './principal.ts'
import type { SessionIssuer, Sessions } from './session.ts'
import { stepUpFor } from './step-up.ts'
import type { SecondDoor } from './second-door.ts'
import type { Unlocked } from './sign-in.ts'
import { equalTexts } from './hash.ts'
import type { Tokens } from './token.ts'

/** The parts that the functions join. */
export interface FunctionDeps
  extends Pick<
    AuthFunctions,
    | 'apiTokens'
    | 'urlTokens'
    | 'providers'
    | 'identities'
    | 'account'
    | 'emails'
    | 'administration'
    | 'revocations'
    | 'health'
  > {
  readonly emit: Emit
  readonly tokens: Tokens
  readonly sessions: Sessions & SessionIssuer
  readonly locked: LockedTokens
  readonly passwords: PasswordFactor
  readonly adopt: AdoptPassword
  readonly permissions: Permissions
  readonly door: SecondDoor
  readonly messenger: Messenger | undefined
  readonly now: Clock
}

/** Everything that the routes do, as plain functions. */
export function createFunctions(deps: FunctionDeps): AuthFunctions {
  const { now, emit, tokens, sessions, locked, passwords, permissions, door } = deps
  const { gate, secondFactors, lockedToken } = door

  async function proveWithPassword(
    principal: Principal,
    password: string,
    client: Client,
  ): Promise<readonly Method[] | undefined> {
    return (await passwords.verify(principal.user, password, client))?.methods
  }

  return {
    async logIn({ username, password }, { remember = true, ...context } = {}) {
      const client = toClient(context)
      const authentication = await passwords.authenticate(username, password, client)
      if (authentication === undefined) throw new AuthError('invalid_credentials')
      return gate.signIn(authentication, client, remember)
    },

    beginLogIn: async (factor, context) => secondFactors.logIn(factor).begin(toClient(context)),

    async logInWith(factor, evidence, { remember = true, ...context } = {}) {
      const client = toClient(context)
      const authentication = await secondFactors.authenticate(factor, evidence, client)
      if (authentication !== undefined) return gate.signIn(authentication, client, remember)
      emit('login.failed', { factor }, client)
      throw new AuthError('invalid_credentials')
    },

    async unlock(token, evidence, { trustDevice, ...context } = {}) {
      const client = toClient(context)
      return gate.unlock(lockedToken(token, client), evidence, client, { trustDevice })
    },

    async beginUnlock(token, factor, context = {}) {
      const client = toClient(context)
      return gate.beginUnlock(lockedToken(token, client), factor, client)
    },

    async reauthenticate(principal, evidence, context = {}) {
      const { id } = sessionOf(principal)
      const client = toClient(context)
      const factor = 'password' in evidence ? 'password' : evidence.factor
      const methods =
        'password' in evidence
          ? await proveWithPassword(principal, evidence.password, client)
          : await secondFactors.verify(stepUp(principal, client), evidence)
      if (methods === undefined) {
        emit('reauthentication.failed', { userId: principal.user.id, sessionId: id, factor }, client)
        throw new AuthError('password' in evidence ? 'invalid_credentials' : 'invalid_code')
      }
      const granted = await permissions(principal.user)
      const prove = 'password' in evidence ? proveAgain : proveFactor
      const renewed = await sessions.rotate(principal, prove(principal.assurance?.provenAt ?? {}, methods, now()))
      if (renewed === undefined) throw new AuthError('invalid_token')
      emit('reauthentication.succeeded', { userId: principal.user.id, sessionId: id, methods }, client)
      return { status: 'unlocked', user: principal.user, permissions: granted, ...renewed }
    },

    async beginReauthentication(principal, factor, context = {}) {
      return secondFactors.begin(stepUp(principal, toClient(context)), factor)
    },

    async end(text, reason, context = {}) {
      const token = tokens.parse(text)
      // An answer as if it had been ended would be believed.
      if (token?.kind === 'api-token' && reason === 'logout') throw new AuthError('session_required')
      if (token?.kind === 'session') {
        const entry = await sessions.entries.get(token.id)
        if (entry === undefined || entry.owner === null || !equalTexts(token.hash, entry.data.hash)) return
        await sessions.revoke(entry.owner, entry.id, reason, toClient(context))
      } else if (token?.kind === 'locked') {
        const entry = await locked.entries.get(token.id)
        if (entry !== undefined && equalTexts(token.hash, entry.data.hash)) await locked.consume(entry.id)
      }
    },

    inspectLocked: async (token) => gate.inspect(await gate.waiting(lockedToken(token, {}), {})),

    factors: door.factors,
    trustedDevices: door.devices,
    sessions,
    apiTokens: deps.apiTokens,
    urlTokens: deps.urlTokens,
    providers: deps.providers,
    identities: deps.identities,
    account: deps.account,
    emails: deps.emails,
    administration: deps.administration,
    revocations: deps.revocations,
    health: deps.health,

    passwords: {
      set: passwords.set,
      adopt: deps.adopt,

      async change(principal, request, context = {}) {
        const { current, password, revokeOthers = true, revokeApiTokens = false } = request
        const { id } = sessionOf(principal)
        const client = toClient(context)
        // A second factor that is missing would be asked for when the old session is gone already.
        const { assurance } = await door.factors.requirement(principal.user.id)
        const refusal = stepUpFor(principal, { assurance }, now())
        if (refusal !== undefined) throw refusal
        const ends = { revokeOthers, revokeApiTokens }
        const proven = await passwords.change(principal.user, current, password, ends, client)
        deps.messenger?.notify(principal.user, 'password_changed', { at: now(), client })
        await sessions.revoke(principal.user.id, id, 'replaced', client)
        // The second factor that the old session had is not asked for again, and no younger for it: the new one stands
        // in its place.
        const provenAt = { ...principal.assurance?.provenAt, ...provenBy(proven) }
        const session = await gate.signIn({ ...proven, provenAt }, client, principal.session?.remember ?? true)
        if (session.status === 'locked') throw new AuthError('token_locked')
        if (revokeOthers) await sessions.tidy(principal.user.id)
        return session satisfies Unlocked
      },
    },
  }
}

function stepUp(principal: Principal, client: Client): FactorSubject {
  const { id: waitingId } = sessionOf(principal)
  const { user, epochs } = principal
  return { user, epochs, purpose: 'step-up', waitingId, client }
}
