import { isDeepStrictEqual } from 'node:util'
import { type Authentication, type Method, proveAgain } from './authentication.ts'
import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Factors } from './factors/factors.ts'
import {
  type FederatedIdentities,
  type Identity,
  identityId,
  type IdentityKey,
  toIdentity,
} from './federated-identity.ts'
import { type Evidence, type Provider, providerRefused } from './provider.ts'
import type { MappedProfile, ProviderLogin, Trust } from './provider-rules.ts'
import { applyProfile, mapProfile, nameCandidates } from './provider-profile.ts'
import type { ProviderSessions } from './provider-session.ts'
import type { SignIn } from './sign-in.ts'
import type { KnownUser, UserLookup } from './user.ts'
import type { BuiltInDirectory } from './user-directory.ts'
import type { UserEntry, UserStates } from './user-state.ts'

/** What evidence becomes: an authentication for the gate, or an identity for a user who is known already. */
export interface ProviderLogins {
  /** The user whose identity it is, or who gets it by the rules for a first log-in. Throws `provider_refused`. */
  authenticate(provider: Provider, evidence: Evidence, client: Client): Promise<Authentication>
  /** Gives it to a user on an operator's word. Throws `conflict` when somebody else has it, `not_found`. */
  add(userId: string, key: IdentityKey): Promise<Identity>
  /** Links it to a user whose epoch is still the one that was read. Throws `conflict` when somebody else has it. */
  link(provider: Provider, evidence: Evidence, user: UserEntry, client: Client): Promise<Identity>
  /** The methods that it proves of a user who has this identity already. Throws `provider_refused`. */
  confirm(provider: Provider, evidence: Evidence, userId: string): Promise<readonly Method[]>
}

/** What log-ins are made of. */
export interface ProviderLoginDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly states: UserStates
  readonly users: UserLookup
  readonly builtIn: BuiltInDirectory
  readonly isBuiltIn: boolean
  readonly identities: FederatedIdentities
  readonly sessions: ProviderSessions
  readonly factors: Pick<Factors, 'requirement'>
  readonly gate: Pick<SignIn, 'isBelowPolicy'>
}

const maxSubject = 255
/** Log-ins in quick succession are written down once, unless the profile has changed. */
const touchMs = 60_000

/** From evidence to users. Only (provider, issuer, subject) says who somebody is. */
export function createProviderLogins(deps: ProviderLoginDeps): ProviderLogins {
  const { now, emit, states, users, builtIn, isBuiltIn, identities, sessions, factors, gate } = deps

  async function authenticate(provider: Provider, evidence: Evidence, client: Client): Promise<Authentication> {
    const key = keyOf(provider, evidence)
    const profile = mapProfile(provider, evidence)
    const { issuer, subject, claims } = evidence
    const login: ProviderLogin = { provider: provider.id, issuer, subject, claims, profile, client }
    const held = await identities.find(key)
    const known = held ? await users.known(held.owner.id) : await welcome(provider, key, login)
    if (known === undefined) throw providerRefused('nobody here has this identity')
    // The epoch from before the log-in was judged any further: what ends the user's sessions meanwhile ends this one.
    const { epoch } = held?.owner.data ?? known.entry.data
    await ask(async () => provider.onLogin?.(known.user, login))
    const [userId, methods] = [known.entry.id, methodsOf(evidence, provider.trust)]
    const mapped = (await mayMoveAddress(known, profile, methods)) ? profile : { ...profile, email: undefined }
    await remember(provider, key, known.entry, held === undefined, { ...login, profile: mapped })
    const federation = await sessions.record(provider.id, evidence, userId)
    const at = Math.min(evidence.authenticatedAt ?? now(), now())
    emit('identity.confirmed', { userId, provider: provider.id, identityId: identityId(key), methods }, client)
    return { userId, methods, at, epoch, federation }
  }

  /** The first log-in of an identity. */
  async function welcome(provider: Provider, key: IdentityKey, login: ProviderLogin): Promise<KnownUser | undefined> {
    const rule = provider.onFirstLogin ?? (isBuiltIn ? 'create' : 'refuse')
    if (rule === 'refuse') return undefined
    const made = rule === 'create'
    if (made && !isBuiltIn) {
      const detail = '`onFirstLogin` is "create", but the application brings its own users: make it a function.'
      throw new AuthError('invalid_setting', { detail })
    }
    const userId = made ? await createUser(key, login) : await ask(() => rule(login))
    const user = userId === undefined ? undefined : await users.find(userId)
    if (userId === undefined || user === undefined) return undefined
    const entry = await states.ensure(userId)
    const outcome = await identities.bind(key, login.profile.displayName, entry)
    if (outcome === 'bound') {
      emit(
        'identity.linked',
        { userId, provider: key.provider, identityId: identityId(key), by: 'first_login' },
        login.client,
      )
    }
    if (outcome !== 'taken') return users.known(userId)
    // Somebody was faster with the same identity: the user that was made for it here is nobody's.
    if (made) await builtIn.delete(userId, login.client)
    const held = await identities.find(key)
    return held && users.known(held.owner.id)
  }

  async function createUser(key: IdentityKey, { profile, client }: ProviderLogin): Promise<string> {
    const { displayName, email, roles } = profile
    for (const username of nameCandidates(key, profile)) {
      try {
        return (await builtIn.create({ username, displayName, email, roles }, null, client)).id
      } catch (error) {
        if (!(error instanceof AuthError && error.code === 'username_taken')) throw error
      }
    }
    throw new AuthError('username_taken')
  }

  /** Codes, links and tickets go to the address: whoever has a second factor, or must have one, keeps theirs until then. */
  async function mayMoveAddress(
    { user, entry }: KnownUser,
    { email }: MappedProfile,
    methods: readonly Method[],
  ): Promise<boolean> {
    if (email === undefined || email === entry.data.profile?.email || methods.includes('mfa')) return true
    if (gate.isBelowPolicy(user, entry.data, proveAgain({}, methods, now()))) return false
    return (await factors.requirement(user.id)).assurance === undefined
  }

  /** Writes down the log-in, and what the mapping makes of the claims. */
  async function remember(
    { id, mapOn = 'each' }: Provider,
    key: IdentityKey,
    user: UserEntry,
    isFirst: boolean,
    { profile: mapped }: ProviderLogin,
  ): Promise<void> {
    const identity = identityId(key)
    const takesOver = isFirst || mapOn === 'each'
    await Promise.all([
      identities.entries.update(identity, ({ data }) => {
        const name = mapped.displayName ?? data.name
        if (now() - data.lastLoginAt < touchMs && name === data.name) return undefined
        return { data: { ...data, lastLoginAt: now(), name } }
      }),
      states.update(user.id, ({ data }) => {
        const mark = data.identities?.[identity]
        if (mark === undefined) return undefined
        const profile = takesOver && data.profile !== null ? applyProfile(data.profile, mapped, now()) : data.profile
        if (now() - mark.at < touchMs && isDeepStrictEqual(profile, data.profile)) return undefined
        return {
          data: { ...data, profile, identities: { ...data.identities, [identity]: { provider: id, at: now() } } },
        }
      }),
    ])
  }

  async function bind(
    key: IdentityKey,
    name: string | undefined,
    user: UserEntry,
    by: 'user' | 'operator',
    client?: Client,
  ): Promise<Identity> {
    const outcome = await identities.bind(key, name, user)
    if (outcome === 'taken') throw new AuthError('conflict', { detail: 'This identity belongs to another user.' })
    const id = identityId(key)
    if (outcome === 'bound') {
      emit('identity.linked', { userId: user.id, provider: key.provider, identityId: id, by }, client)
    }
    const entry = await identities.entries.get(id)
    if (entry === undefined) throw new AuthError('conflict')
    return toIdentity(entry)
  }

  return {
    authenticate,

    async link(provider, evidence, user, client) {
      const name = mapProfile(provider, evidence).displayName
      return bind(keyOf(provider, evidence), name, user, 'user', client)
    },

    async add(userId, key) {
      if ((await users.find(userId)) === undefined)
        throw new AuthError('not_found', { detail: 'There is no such user.' })
      return bind(checkKey(key), undefined, await states.ensure(userId), 'operator')
    },

    async confirm(provider, evidence, userId) {
      const held = await identities.find(keyOf(provider, evidence))
      if (held?.owner.id !== userId) throw providerRefused('this is another user than the one who is logged in')
      return methodsOf(evidence, provider.trust)
    },
  }
}

/** What the application answers. Only an `AuthError` of its own is a refusal: anything else is an outage. */
async function ask<Answer>(question: () => Promise<Answer> | Answer): Promise<Answer> {
  try {
    return await question()
  } catch (cause) {
    if (cause instanceof AuthError) throw cause
    throw new AuthError('unavailable', { retryAfterMs: 2000, cause })
  }
}

function keyOf(provider: Provider, { issuer, subject }: Evidence): IdentityKey {
  return checkKey({ provider: provider.id, issuer, subject })
}

function checkKey({ provider, issuer, subject }: IdentityKey): IdentityKey {
  if (issuer === '' || typeof issuer !== 'string') throw providerRefused('there is no issuer')
  const isId = typeof subject === 'string' && subject !== '' && subject.length <= maxSubject && !/\p{Cc}/u.test(subject)
  if (!isId) throw providerRefused('the subject is not 1 to 255 characters of text')
  return { provider, issuer, subject }
}

/** What the package saw itself, and of what the provider says of itself only what the configuration trusts. */
function methodsOf({ methods, amr = [], acr }: Evidence, trust: Trust = {}): readonly Method[] {
  const named = trust.acr !== undefined && acr !== undefined && Object.hasOwn(trust.acr, acr) ? trust.acr[acr] : []
  return [...new Set([...methods, ...amr.filter((method) => trust.amr?.includes(method)), ...(named ?? [])])]
}
