import { type Client, toClient } from './client.ts'
import type { Clock } from './collection.ts'
import { AuthError } from './errors.ts'
import type { ExchangeCodes } from './exchange.ts'
import { sessionOf } from './issuer.ts'
import type { Principal } from './principal.ts'
import { type AnswerFields, type Evidence, providerRefused, type RedirectProvider } from './provider.ts'
import type { ProviderCalls } from './provider-call.ts'
import { type Flow, flowLifetimeMs, type FlowPurpose, type ProviderFlows, usedUp } from './provider-flow.ts'
import type { ProviderLogins } from './provider-login.ts'
import type { ProviderRenewals } from './provider-renewal.ts'
import type { ProviderLoginFinished, ProviderLoginRequest, ProviderLoginStarted, Providers } from './providers.ts'
import type { ReturnTargets, ReturnTo } from './return-to.ts'
import { secret } from './secret.ts'
import type { SignIn } from './sign-in.ts'
import type { Throttle } from './throttle.ts'
import { randomText } from './token.ts'

/** What log-ins by redirect are made of. */
export interface RedirectLoginDeps {
  readonly now: Clock
  readonly calls: ProviderCalls
  readonly flows: ProviderFlows
  readonly targets: ReturnTargets
  readonly codes: ExchangeCodes
  readonly logins: ProviderLogins
  readonly renewals: ProviderRenewals
  readonly gate: Pick<SignIn, 'signIn'>
  readonly throttle: Throttle
}

type RedirectLogins = Pick<
  Providers,
  'start' | 'startLink' | 'startReauthentication' | 'hold' | 'finish' | 'exchange' | 'metadata'
>

// A network may start so many log-ins: each is an entry in storage, and nobody has proved anything yet.
const startLimits = { account: [], network: [{ limit: 1000, windowMs: 15 * 60_000 }] }
const skewMs = 60_000
const s256 = /^[\w-]{43}$/
const clientState = /^[\x21-\x7e]{1,512}$/
const browserValue = /^[\w-]{43}$/

/** Log-ins for which the browser is sent away and comes back. */
export function createRedirectLogins(deps: RedirectLoginDeps): RedirectLogins {
  const { now, calls, flows, targets, codes, logins, renewals, gate, throttle } = deps

  async function start(
    id: string,
    purpose: FlowPurpose,
    principal: Principal | undefined,
    request: ProviderLoginRequest,
    client: Client,
  ): Promise<ProviderLoginStarted> {
    const provider = await calls.redirect(id)
    const returnTo = readTarget(request, purpose)
    const fresh = purpose === 'step-up'
    if (fresh && !provider.canReauthenticate) {
      throw new AuthError('invalid_request', { detail: 'This provider cannot be asked to authenticate somebody anew.' })
    }
    // Every start counts: nothing is refunded.
    await throttle.guess(
      { purpose: 'provider-start', account: id, network: client.network, from: client },
      startLimits,
      async () => undefined,
    )
    const state = randomText(32)
    const browser =
      request.browser !== undefined && browserValue.test(request.browser) ? request.browser : randomText(32)
    const started = await calls.watch(id, client, () => provider.start({ state, fresh }, calls.contextOf(id, client)))
    const isCallback = returnTo.kind === 'callback'
    await flows.begin(
      state,
      browser,
      {
        provider: id,
        purpose,
        returnTo: returnTo.target,
        challenge: (isCallback ? request.challenge : undefined) ?? null,
        clientState: (isCallback ? request.state : undefined) ?? null,
        remember: request.remember ?? true,
        session: principal === undefined ? null : { id: sessionOf(principal).id, userId: principal.user.id },
      },
      started.kept,
    )
    return { redirectTo: started.redirectTo, browser: secret(browser), lifetimeMs: flowLifetimeMs }
  }

  function readTarget({ returnTo, challenge, state }: ProviderLoginRequest, purpose: FlowPurpose): ReturnTo {
    const target = targets.read(returnTo)
    if (target.kind === 'own') return target
    if (purpose !== 'login') throw new AuthError('return_to_not_allowed')
    const isShaped =
      (challenge === undefined || s256.test(challenge)) && (state === undefined || clientState.test(state))
    const isComplete = !target.needsChallenge || (challenge !== undefined && state !== undefined)
    if (isShaped && isComplete) return target
    const detail = 'To return to another origin, `challenge` (S256, 43 characters) and `state` are needed.'
    throw new AuthError('invalid_request', { detail })
  }

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
    client: Client,
  ): Promise<ProviderLoginFinished> {
    const { purpose, remember, challenge, clientState: state } = flow.data
    const returnTo = targets.read(flow.data.returnTo)
    if (purpose !== 'login') {
      const result = await renewals.conclude(provider, flow.data, evidence, client)
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

  const flowOf = async (provider: RedirectProvider, fields: AnswerFields): Promise<Flow | undefined> => {
    const state = fields[provider.stateField]
    return state === undefined ? undefined : flows.find(state, provider.id)
  }

  return {
    start: async (id, request = {}, from) => start(id, 'login', undefined, request, toClient(from)),
    startLink: async (principal, id, request = {}, from) => start(id, 'link', principal, request, toClient(from)),
    startReauthentication: async (principal, id, request = {}, from) =>
      start(id, 'step-up', principal, request, toClient(from)),

    async hold(id, fields) {
      const provider = await calls.redirect(id)
      // Nothing is kept for who has started nothing here.
      if (provider.unsolicited !== true && (await flowOf(provider, fields)) === undefined) throw usedUp()
      return flows.hold(id, fields)
    },

    async finish(id, given, browser, from) {
      const client = toClient(from)
      const provider = await calls.redirect(id)
      const { handle } = given
      const fields = handle === undefined ? given : await flows.release(handle, id)
      if (fields === undefined) throw usedUp()
      const flow = await flowOf(provider, fields)
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
          conclude(provider, flow, await evidenceIn(provider, flow, fields, client), client),
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
      const found = await codes.redeem(request)
      // Judged again: neither the provider nor the callback may have been taken away since.
      await calls.named(found.provider)
      if (targets.read(found.callback).kind !== 'callback') throw new AuthError('return_to_not_allowed')
      return gate.signIn(found.authentication, toClient(from), found.remember)
    },

    async metadata(id) {
      const provider = await calls.redirect(id)
      const metadata = await provider.metadata?.(calls.contextOf(id))
      if (metadata === undefined) throw new AuthError('not_found')
      return metadata
    },
  }
}
