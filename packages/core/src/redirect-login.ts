import { type Client, toClient } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { Emit } from './events.ts'
import type { ExchangeCodes } from './exchange.ts'
import { type AnswerFields, type Evidence, providerRefused, type RedirectProvider } from './provider.ts'
import { type Flow, usedUp } from './provider-flow.ts'
import type { ProviderLogins } from './provider-login.ts'
import type { ProviderRenewals } from './provider-renewal.ts'
import type { ProviderLoginFinished, Providers } from './providers.ts'
import { createRedirectStarts, flowOf, type RedirectStartDeps } from './redirect-start.ts'
import type { SignIn } from './sign-in.ts'

/** What log-ins by redirect are made of. */
export interface RedirectLoginDeps extends RedirectStartDeps {
  readonly now: Clock
  readonly emit: Emit
  readonly codes: ExchangeCodes
  readonly logins: ProviderLogins
  readonly renewals: ProviderRenewals
  readonly gate: Pick<SignIn, 'signIn'>
}

type RedirectLogins = Pick<
  Providers,
  'start' | 'startLink' | 'startReauthentication' | 'hold' | 'finish' | 'exchange' | 'metadata'
>

const skewMs = 60_000

/** Log-ins for which the browser is sent away and comes back. */
export function createRedirectLogins(deps: RedirectLoginDeps): RedirectLogins {
  const { now, emit, calls, flows, targets, codes, logins, renewals, gate } = deps

  /** The evidence in an answer to a log-in that waits for it. Consumes the log-in, whatever the provider does. */
  async function evidenceIn(
    provider: RedirectProvider,
    flow: Flow,
    fields: AnswerFields,
    client: Client,
  ): Promise<Evidence> {
    const kept = flows.open(flow)
    if (kept === undefined) throw usedUp()
    let claimed = false
    const claim = async (): Promise<void> => {
      await flows.claim(flow)
      claimed = true
    }
    const { startedAt, purpose } = flow.data
    const fresh = purpose === 'step-up'
    const answer = { fields, kept, fresh, startedAt, claim }
    const evidence = await provider.finish(answer, calls.contextOf(provider.id, client))
    if (!claimed) await claim()
    const since = evidence.authenticatedAt
    if (fresh && (since === undefined || since < startedAt - skewMs)) {
      throw providerRefused('the provider did not authenticate the user anew')
    }
    return evidence
  }

  async function conclude(
    provider: RedirectProvider,
    flow: Flow,
    evidence: Evidence,
    sessionId: string | undefined,
    client: Client,
  ): Promise<ProviderLoginFinished> {
    const { purpose, remember, challenge, clientState: state } = flow.data
    const returnTo = targets.read(flow.data.returnTo)
    if (purpose !== 'login') {
      const result = await renewals.conclude(provider, flow.data, evidence, sessionId, client)
      return { status: 'finished', returnTo: returnTo.target, remember, ...(result && { result }) }
    }
    const authentication = await logins.authenticate(provider, evidence, client)
    if (returnTo.kind === 'own') {
      const result = await gate.signIn(authentication, client, remember)
      return { status: 'finished', returnTo: returnTo.target, result, remember }
    }
    const { target: callback } = returnTo
    const code = await codes.issue({ provider: provider.id, callback, challenge, authentication, remember })
    return { status: 'finished', returnTo: targets.extend(callback, { code, state: state ?? undefined }), remember }
  }

  /** An answer that nobody here asked for: it goes to the front page, wherever it would rather go. */
  async function unsolicited(
    provider: RedirectProvider,
    fields: AnswerFields,
    client: Client,
  ): Promise<ProviderLoginFinished> {
    const answer = { fields, kept: undefined, fresh: false, startedAt: now(), claim: async () => {} }
    const evidence = await provider.finish(answer, calls.contextOf(provider.id, client))
    const authentication = await logins.authenticate(provider, evidence, client)
    return {
      status: 'finished',
      returnTo: '/',
      remember: true,
      result: await gate.signIn(authentication, client, true),
    }
  }

  return {
    ...createRedirectStarts(deps),

    async finish(id, given, browser, { sessionId, ...from } = {}) {
      const client = toClient(from)
      const provider = await calls.redirect(id)
      const { handle } = given
      const fields = handle === undefined ? given : await flows.release(handle, id)
      if (fields === undefined) throw usedUp()
      const flow = await flowOf(flows, provider, fields)
      if (flow === undefined && provider.unsolicited === true && handle !== undefined) {
        return calls.watch(id, client, () => unsolicited(provider, fields, client))
      }
      if (flow === undefined || !flows.isOf(flow, browser)) {
        const reason =
          flow === undefined ? 'no log-in waits for this answer' : 'another browser has started this log-in'
        return calls.watch(id, client, () => Promise.reject(usedUp(reason)))
      }
      try {
        return await calls.watch(id, client, async () =>
          conclude(provider, flow, await evidenceIn(provider, flow, fields, client), sessionId, client),
        )
      } catch (error) {
        if (!(error instanceof AuthError)) throw error
        const { returnTo, clientState: state } = flow.data
        const { target, kind } = targets.read(returnTo)
        const parameters = { error: error.code, state: kind === 'callback' ? (state ?? undefined) : undefined }
        return {
          status: 'refused',
          returnTo: targets.extend(target, parameters),
          isCallback: kind === 'callback',
          error,
        }
      }
    },

    async exchange(request, from) {
      const client = toClient(from)
      const found = await codes.redeem(request, client).catch((error: unknown) => {
        // Whose the code was is not known, and that somebody has tried it is.
        if (error instanceof AuthError) emit('request.refused', { code: error.code }, client)
        throw error
      })
      // Judged again: neither the provider nor the callback may have been taken away since.
      await calls.named(found.provider)
      if (targets.read(found.callback).kind !== 'callback') throw new AuthError('return_to_not_allowed')
      return gate.signIn(found.authentication, client, found.remember)
    },

    async metadata(id) {
      const provider = await calls.redirect(id)
      const metadata = await provider.metadata?.(calls.contextOf(id))
      if (metadata === undefined) throw new AuthError('not_found')
      return metadata
    },
  }
}
