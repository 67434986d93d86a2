import type { Federation } from './authentication.ts'
import { type Clock, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import { type FederatedIdentities, identityId } from './federated-identity.ts'
import { sha256 } from './hash.ts'
import type { Keys } from './keys.ts'
import type { Evidence, LogoutNotice, ProviderSession } from './provider.ts'
import { flowLifetimeMs } from './provider-flow.ts'
import type { Entry, Storage } from './storage.ts'
import { randomText } from './token.ts'

/** What storage keeps of a session at a provider. */
interface ProviderSessionData {
  readonly provider: string
  readonly issuer: string
  readonly subject: string | null
  readonly sessionId: string | null
  /** What the provider needs to end it, sealed. */
  readonly keep: string | null
  readonly endedAt: number | null
}

/** Whose sessions a provider has ended, and which of them. */
export interface EndedSessions {
  readonly userId: string
  matches(federation: Federation): boolean
}

/** The sessions at providers behind sessions of ours. */
export interface ProviderSessions {
  /** Before any session of ours begins, so that whoever ends it finds it. Throws `provider_refused` when it has ended already. */
  record(provider: string, evidence: Evidence, userId: string): Promise<Federation>
  /** Whether the provider has ended what a federation stands on. Asked after a session of ours was stored. */
  isEnded(federation: Federation): Promise<boolean>
  /** Marks sessions as ended, those that are just beginning included. */
  end(provider: string, notice: LogoutNotice): Promise<EndedSessions | undefined>
  /** The session at the provider as the provider needs it; `undefined` when it is not there any more. */
  read(federation: Federation): Promise<{ readonly provider: string; readonly session: ProviderSession } | undefined>
}

const spareMs = 60 * 60_000

/** Sessions at providers; `lifetimeMs` is that of ours. */
export function createProviderSessions(
  storage: Storage,
  now: Clock,
  keys: Keys,
  identities: FederatedIdentities,
  lifetimeMs: number,
): ProviderSessions {
  const entries = collection<ProviderSessionData>('provider-session', storage, now)
  const sealOf = (id: string, owner: string) => ({ kind: 'provider-session', id, owner })

  async function put(entry: Omit<Entry<ProviderSessionData>, 'kind' | 'version'>, issuedAt: number): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await entries.insert(entry)) return
      const held = await entries.get(entry.id)
      if (held === undefined) continue
      const { endedAt } = held.data
      if (endedAt !== null && issuedAt <= endedAt) throw new AuthError('provider_refused')
      // The provider's session goes on. Who was faster has written as much as we would; an end is looked for later.
      if (held.owner === entry.owner) return void (await entries.replace(held, entry))
      // It goes on with another of its users: what came last is what can be ended.
      await entries.replace(held, { expiresAt: 0 })
    }
    throw new AuthError('conflict')
  }

  return {
    async record(provider, evidence, userId) {
      const { issuer, subject, sessionId, keep, issuedAt = now() } = evidence
      const id = sessionId === undefined ? randomText(32) : idOf(provider, issuer, sessionId)
      const data: ProviderSessionData = {
        provider,
        issuer,
        subject,
        sessionId: sessionId ?? null,
        keep: keep === undefined ? null : keys.seal(keep, sealOf(id, userId)),
        endedAt: null,
      }
      await put({ id, owner: userId, expiresAt: now() + lifetimeMs + spareMs, data }, issuedAt)
      const identity = identityId({ provider, issuer, subject })
      return { identityId: identity, providerSessionId: id, issuedAt, at: now() }
    },

    async isEnded({ identityId: identity, providerSessionId, issuedAt, at }) {
      const [session, held] = await Promise.all([entries.get(providerSessionId), identities.entries.get(identity)])
      if (session === undefined || held === undefined) return true
      const { endedAt } = session.data
      if (endedAt !== null && issuedAt <= endedAt) return true
      const { ended } = held.data
      // What the provider says is in whole seconds: within one, the order in which we heard of it decides.
      return ended !== null && (issuedAt < ended.issuedAt || at <= ended.at)
    },

    async end(provider, { issuer, subject, sessionId, issuedAt }) {
      if (sessionId !== undefined) {
        const id = idOf(provider, issuer, sessionId)
        const data = { provider, issuer, subject: subject ?? null, sessionId, keep: null, endedAt: issuedAt }
        // A mark for a log-in whose evidence is still on its way to us.
        await entries.insert({ id, owner: null, expiresAt: now() + flowLifetimeMs, data })
        const marked = await entries.update(id, (entry) => {
          const isOfSubject = subject === undefined || entry.data.subject === subject
          return isOfSubject ? { data: { ...entry.data, endedAt: issuedAt } } : undefined
        })
        if (marked === undefined || marked.owner === null) return undefined
        return { userId: marked.owner, matches: (federation) => federation.providerSessionId === id }
      }
      if (subject === undefined) return undefined
      const id = identityId({ provider, issuer, subject })
      const ended = { issuedAt, at: now() }
      const marked = await identities.entries.update(id, ({ data }) => ({ data: { ...data, ended } }))
      if (marked === undefined || marked.owner === null) return undefined
      return { userId: marked.owner, matches: (federation) => federation.identityId === id }
    },

    async read({ providerSessionId }) {
      const entry = await entries.get(providerSessionId)
      if (entry === undefined || entry.data.subject === null) return undefined
      const { provider, issuer, subject, sessionId, keep } = entry.data
      const opened = keep === null ? undefined : keys.open(keep, sealOf(entry.id, entry.owner ?? ''))
      return { provider, session: { issuer, subject, sessionId: sessionId ?? undefined, keep: opened } }
    },
  }
}

function idOf(provider: string, issuer: string, sessionId: string): string {
  return sha256(JSON.stringify([provider, issuer, sessionId]))
}
