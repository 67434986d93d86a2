import type { Federation } from './authentication.ts'
import { toClient } from './client.ts'
import { AuthError } from './errors.ts'
import type { Emit, Origin, SessionEnd } from './events.ts'
import type { FederatedIdentities } from './federated-identity.ts'
import { ownerOf } from './issuer.ts'
import type { ProviderCalls } from './provider-call.ts'
import type { ProviderSessions } from './provider-session.ts'
import type { Identities, Providers } from './providers.ts'
import type { SessionIssuer, Sessions } from './session.ts'
import type { UserState } from './user-state.ts'

/** What logging out here and there is made of. */
export interface ProviderLogoutDeps {
  readonly emit: Emit
  readonly calls: ProviderCalls
  readonly sessions: Sessions & SessionIssuer
  readonly identities: FederatedIdentities
  readonly providerSessions: ProviderSessions
  /** Whether what is left of a user, without one of their identities, still lets them in. */
  readonly wayInJudge: (userId: string) => Promise<(left: UserState) => boolean>
}

const pageSize = 100

/** The ends of federated sessions: by their user, by the provider, and with the identity that they came from. */
export function createProviderLogout(
  deps: ProviderLogoutDeps,
): Pick<Providers, 'startLogout' | 'endSessions'> & Pick<Identities, 'list' | 'unlink'> {
  const { emit, calls, sessions, identities, providerSessions } = deps

  /** Ends the sessions of a user that came of some federation, and says how many. */
  async function endOf(
    userId: string,
    matches: (federation: Federation) => boolean,
    reason: SessionEnd,
    from: Origin,
    keep?: string,
  ): Promise<number> {
    let count = 0
    let cursor: string | undefined
    do {
      const page = await sessions.entries.list({ owner: userId, cursor, limit: pageSize })
      for (const { id, data } of page.items) {
        if (data.federation === undefined || !matches(data.federation) || id === keep) continue
        if (await sessions.revoke(userId, id, reason, from)) count++
      }
      cursor = page.next
    } while (cursor !== undefined)
    return count
  }

  return {
    list: identities.list,

    async unlink(owner, id, keep, from) {
      const userId = ownerOf(owner)
      const client = toClient(from)
      const { provider } = await identities.unbind(userId, id, () => deps.wayInJudge(userId))
      emit('identity.unlinked', { userId, provider, identityId: id }, client)
      await endOf(userId, (federation) => federation.identityId === id, 'unlinked', client, keep)
    },

    async startLogout({ session }) {
      const federation = session && (await sessions.entries.get(session.id))?.data.federation
      const found = federation && (await providerSessions.read(federation))
      if (found === undefined) return undefined
      const provider = await calls.named(found.provider)
      if (!('start' in provider) || provider.startLogout === undefined) return undefined
      return provider.startLogout(found.session, calls.contextOf(provider.id))
    },

    async endSessions(id, fields, from) {
      const client = toClient(from)
      const provider = await calls.redirect(id)
      const { readLogout } = provider
      if (readLogout === undefined) throw new AuthError('not_found')
      // No network is limited: a message that is kept out would leave a session open.
      const notice = await calls.watch(id, client, () => readLogout.call(provider, fields, calls.contextOf(id, client)))
      return calls.onceDone(id, client, notice.message, async () => {
        const ended = await providerSessions.end(id, notice)
        const count = ended === undefined ? 0 : await endOf(ended.userId, ended.matches, 'provider_logout', client)
        emit('provider.logout', { provider: id, userId: ended?.userId, sessions: count }, client)
        return count
      })
    },
  }
}
