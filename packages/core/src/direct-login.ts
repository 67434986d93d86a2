import { type Client, type CallContext, toClient } from './client.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import { canonicalName } from './identifier.ts'
import { sessionOf } from './issuer.ts'
import type { Principal } from './principal.ts'
import type { DirectProvider, Evidence } from './provider.ts'
import type { ProviderCalls } from './provider-call.ts'
import type { ProviderLogins } from './provider-login.ts'
import type { ProviderRenewals } from './provider-renewal.ts'
import type { DirectCredentials, Identities, Providers } from './providers.ts'
import type { SignIn } from './sign-in.ts'
import type { GuessLimits, Limit, Throttle } from './throttle.ts'

/** What log-ins at directories are made of. */
export interface DirectLoginDeps {
  readonly emit: Emit
  readonly calls: ProviderCalls
  readonly logins: ProviderLogins
  readonly renewals: ProviderRenewals
  readonly gate: Pick<SignIn, 'signIn'>
  readonly throttle: Throttle
}

const hour = 60 * 60_000
// Below what directories lock an account after.
const ofAccount: Limit = { limit: 20, windowMs: 24 * hour, backOff: { after: 5, fromMs: hour / 4, toMs: hour } }
const defaultLimits: GuessLimits = {
  account: [ofAccount],
  network: [{ limit: 100, windowMs: hour / 4 }],
  pair: [{ ...ofAccount, backOff: { after: 5, fromMs: hour / 4, toMs: 8 * hour } }],
}

/** Log-ins by a name and a password that a directory checks. */
export function createDirectLogins(
  deps: DirectLoginDeps,
): Pick<Providers, 'logIn' | 'reauthenticate'> & Pick<Identities, 'link'> {
  const { emit, calls, logins, renewals, gate, throttle } = deps

  /** What the directory says, if it is to be asked at all: counted by name and network first, for every purpose alike. */
  async function guess(
    id: string,
    { username, password }: DirectCredentials,
    client: Client,
  ): Promise<{ readonly provider: DirectProvider; readonly evidence: Evidence | undefined }> {
    const provider = await calls.direct(id)
    const name = canonicalName(username)
    const guesser = { purpose: `provider:${id}`, account: name ?? '', network: client.network, from: client }
    const evidence = await throttle.guess(guesser, provider.limits ?? defaultLimits, async () => {
      // RFC 4513 §5.1.2: a name without a password is an anonymous bind, which succeeds.
      if (name === undefined || password === '') return undefined
      const context = calls.contextOf(id, client)
      return calls.watch(id, client, () => provider.logIn({ username: name, password }, context))
    })
    if (evidence === undefined) emit('provider.refused', { provider: id, reason: 'wrong name or password' }, client)
    return { provider, evidence }
  }

  async function guessFor(
    principal: Principal,
    id: string,
    credentials: DirectCredentials,
    client: Client,
  ): Promise<{ readonly provider: DirectProvider; readonly evidence: Evidence }> {
    const { id: sessionId } = sessionOf(principal)
    const { provider, evidence } = await guess(id, credentials, client)
    if (evidence !== undefined) return { provider, evidence }
    emit('reauthentication.failed', { userId: principal.user.id, sessionId, factor: id }, client)
    throw new AuthError('invalid_credentials')
  }

  const sessionFor = (principal: Principal) =>
    renewals.alive({ id: sessionOf(principal).id, userId: principal.user.id })

  return {
    async logIn(id, credentials, { remember = true, ...from }: CallContext & { remember?: boolean | undefined } = {}) {
      const client = toClient(from)
      const { provider, evidence } = await guess(id, credentials, client)
      if (evidence === undefined) throw new AuthError('invalid_credentials')
      const authenticate = () => logins.authenticate(provider, evidence, client)
      return gate.signIn(await calls.watch(id, client, authenticate), client, remember)
    },

    async reauthenticate(principal, id, credentials, from) {
      const client = toClient(from)
      const { provider, evidence } = await guessFor(principal, id, credentials, client)
      const { session, owner } = await sessionFor(principal)
      return calls.watch(id, client, () => renewals.renew(provider, evidence, session, owner, client))
    },

    async link(principal, id, credentials, from) {
      const client = toClient(from)
      const { provider, evidence } = await guessFor(principal, id, credentials, client)
      const { owner } = await sessionFor(principal)
      return logins.link(provider, evidence, owner, client)
    },
  }
}
