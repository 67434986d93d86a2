import type { Client } from './client.ts'
import { type Clock, collection } from './collection.ts'
import { isWatched, watched } from './diagnostics.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import { sha256 } from './hash.ts'
import { canonicalName } from './identifier.ts'
import {
  type DirectProvider,
  type LogoutNotice,
  type Provider,
  type ProviderContext,
  providerRefused,
  type RedirectProvider,
} from './provider.ts'
import type { ProviderRegistry } from './provider-registry.ts'
import type { Storage } from './storage.ts'

/** Providers by id, what each is lent for a call, and what is told of a call that did not succeed. */
export interface ProviderCalls {
  redirect(id: string): Promise<RedirectProvider>
  direct(id: string): Promise<DirectProvider>
  /** Throws `not_found`. */
  named(id: string): Promise<Provider>
  contextOf(id: string, client?: Client): ProviderContext
  /**
   * Does what a message asks for, and remembers it only then: one that broke off is heard when it is sent again. Throws
   * `provider_refused` for one that was done already, also by somebody at the same time.
   */
  onceDone<Result>(
    id: string,
    client: Client,
    message: LogoutNotice['message'],
    run: () => Promise<Result>,
  ): Promise<Result>
  /** Runs a call; a refusal and an outage are told of, with the reason that the client does not see. */
  watch<Result>(provider: string, client: Client | undefined, call: () => Promise<Result>): Promise<Result>
}

/** What calls are made of. */
export interface ProviderCallDeps {
  readonly storage: Storage
  readonly now: Clock
  readonly emit: Emit
  readonly registry: ProviderRegistry
  readonly origin: string
  /** The mount path as it is seen from outside. */
  readonly publicPath: string
}

const maxReason = 300

/** Calls of providers. */
export function createProviderCalls({
  storage,
  now,
  emit,
  registry,
  origin,
  publicPath,
}: ProviderCallDeps): ProviderCalls {
  const seen = collection<object>('provider-seen', storage, now)

  async function named(id: string): Promise<Provider> {
    const provider = await registry.find(id)
    if (provider === undefined) throw new AuthError('not_found', { detail: 'There is no such provider.' })
    return provider
  }

  const idOf = (id: string, name: string): string => sha256(JSON.stringify([id, name]))
  const remember = (id: string, name: string, expiresAt: number): Promise<boolean> =>
    seen.insert({ id: idOf(id, name), owner: null, expiresAt, data: {} })

  async function watch<Result>(
    provider: string,
    client: Client | undefined,
    call: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await (isWatched('provider') ? watched('provider', { provider }, call) : call())
    } catch (error) {
      const reason = reasonOf(error)
      const isRefusal = error instanceof AuthError && error.status < 500
      emit(isRefusal ? 'provider.refused' : 'provider.failed', { provider, reason }, client)
      throw error
    }
  }

  return {
    named,

    async redirect(id) {
      const provider = await named(id)
      if ('start' in provider) return provider
      throw new AuthError('invalid_request', { detail: 'This provider wants `username` and `password`, by POST.' })
    },

    async direct(id) {
      const provider = await named(id)
      if ('logIn' in provider) return provider
      throw new AuthError('invalid_request', { detail: 'This provider takes no password: the browser is sent there.' })
    },

    contextOf: (id, client) => ({
      origin,
      callbackUrl: `${origin}${publicPath}/callback/${id}`,
      metadataUrl: `${origin}${publicPath}/saml/${id}/metadata`,
      now,
      canonicalName,
      async once(name, expiresAt) {
        const isFirst = await remember(id, name, expiresAt)
        if (!isFirst) emit('suspicion.replay', { of: 'assertion' }, client)
        return isFirst
      },
      departed: client?.departed,
    }),

    async onceDone(id, client, message, run) {
      const refuse = () => watch(id, client, () => Promise.reject(providerRefused('this message was used already')))
      if ((await seen.get(idOf(id, message.id))) !== undefined) return refuse()
      const result = await run()
      return (await remember(id, message.id, message.expiresAt)) ? result : refuse()
    },

    watch,
  }
}

/** What an operator is told: the innermost reasons, bounded, without what could forge a line of a log. */
function reasonOf(error: unknown): string {
  const parts: string[] = []
  let at: unknown = error instanceof AuthError && error.cause !== undefined ? error.cause : error
  for (let depth = 0; depth < 4 && at instanceof Error; depth++) {
    parts.push(at.message)
    at = at.cause
  }
  return parts
    .join(': ')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, maxReason)
}
