import { type Client, toClient } from './client.ts'
import { AuthError } from './errors.ts'
import { sessionOf } from './issuer.ts'
import type { Principal } from './principal.ts'
import type { AnswerFields, RedirectProvider } from './provider.ts'
import type { ProviderCalls } from './provider-call.ts'
import { type Flow, flowLifetimeMs, type FlowPurpose, type ProviderFlows, usedUp } from './provider-flow.ts'
import type { ProviderLoginRequest, ProviderLoginStarted, Providers } from './providers.ts'
import type { ReturnTargets, ReturnTo } from './return-to.ts'
import { secret } from './secret.ts'
import type { Throttle } from './throttle.ts'
import { randomText } from './token.ts'

/** What the start of a log-in is made of. */
export interface RedirectStartDeps {
  readonly calls: ProviderCalls
  readonly flows: ProviderFlows
  readonly targets: ReturnTargets
  readonly throttle: Throttle
}

// A network may start so many log-ins: each is an entry in storage, and nobody has proved anything yet.
const startLimits = { account: [], network: [{ limit: 1000, windowMs: 15 * 60_000 }] }
const answerLimits = { account: [{ limit: 20, windowMs: flowLifetimeMs }], network: [] }
const unsolicitedLimits = { account: [], network: [{ limit: 100, windowMs: 15 * 60_000 }] }
const s256 = /^[\w-]{43}$/
const clientState = /^[\x21-\x7e]{1,512}$/
const browserValue = /^[\w-]{43}$/

/** What is kept before anybody has proved anything: log-ins that were started, and answers to them. */
export function createRedirectStarts(
  deps: RedirectStartDeps,
): Pick<Providers, 'start' | 'startLink' | 'startReauthentication' | 'hold'> {
  const { calls, flows, targets, throttle } = deps

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

  return {
    start: async (id, request = {}, from) => start(id, 'login', undefined, request, toClient(from)),
    startLink: async (principal, id, request = {}, from) => start(id, 'link', principal, request, toClient(from)),
    startReauthentication: async (principal, id, request = {}, from) =>
      start(id, 'step-up', principal, request, toClient(from)),

    async hold(id, fields, from) {
      const provider = await calls.redirect(id)
      const flow = await flowOf(flows, provider, fields)
      // Nothing is kept for who has started nothing here, and not much for who has.
      if (flow === undefined && provider.unsolicited !== true) throw usedUp()
      const guesser = { purpose: 'provider-answer', account: flow?.id ?? '', network: toClient(from).network }
      await throttle.guess(guesser, flow === undefined ? unsolicitedLimits : answerLimits, async () => undefined)
      return flows.hold(id, fields)
    },
  }
}

/** The log-in that an answer belongs to, by its state. */
export async function flowOf(
  flows: ProviderFlows,
  provider: RedirectProvider,
  fields: AnswerFields,
): Promise<Flow | undefined> {
  const state = fields[provider.stateField]
  return state === undefined ? undefined : flows.find(state, provider.id)
}
