import { type Clock, collection } from './collection.ts'
import { AuthError } from './errors.ts'
import { equalTexts, sha256 } from './hash.ts'
import type { Keys } from './keys.ts'
import type { AnswerFields } from './provider.ts'
import type { Entry, Json, Storage } from './storage.ts'
import { randomText } from './token.ts'

/** What a log-in at a provider was started for. */
export type FlowPurpose = 'login' | 'link' | 'step-up'

/** What was true when it was started. */
export interface FlowStart {
  readonly provider: string
  readonly purpose: FlowPurpose
  readonly returnTo: string
  /** The S256 challenge and the state of an application on another origin. */
  readonly challenge: string | null
  readonly clientState: string | null
  readonly remember: boolean
  /** Whose session it is that gets an identity or is renewed. */
  readonly session: { readonly id: string; readonly userId: string } | null
}

/** What storage keeps of it, under the hash of its state. */
export interface FlowData extends FlowStart {
  /** The hash of the value in the cookie of the browser that started it. */
  readonly browser: string
  readonly startedAt: number
  /** What the provider needs again, sealed. */
  readonly kept: string
}

/** A log-in at a provider that waits for its answer. */
export type Flow = Entry<FlowData>

/** The log-ins that are on their way to a provider, and the answers that came back by a cross-site POST. */
export interface ProviderFlows {
  begin(state: string, browser: string, start: FlowStart, kept: Json): Promise<void>
  /** The flow of a state, if it waits for this provider. */
  find(state: string, provider: string): Promise<Flow | undefined>
  /** What the provider kept. */
  open(flow: Flow): Json | undefined
  /** Whether this browser started it. */
  isOf(flow: Flow, browser: string | undefined): boolean
  /** Consumes it: of many callers one goes on. Throws `invalid_code`. */
  claim(flow: Flow): Promise<void>
  /** Keeps an answer for a minute, and gives the handle that reads it once. */
  hold(provider: string, fields: AnswerFields): Promise<string>
  release(handle: string, provider: string): Promise<AnswerFields | undefined>
}

/** How long a user may take at the provider, in milliseconds. */
export const flowLifetimeMs: number = 10 * 60_000
const answerLifetimeMs = 60_000

interface HeldAnswer {
  readonly provider: string
  readonly fields: string
}

/** The flows of a store. It holds no state, no handle and no browser value that could be used: hashes and sealed text only. */
export function createProviderFlows(storage: Storage, now: Clock, keys: Keys): ProviderFlows {
  const flows = collection<FlowData>('provider-flow', storage, now)
  const answers = collection<HeldAnswer>('provider-answer', storage, now)
  const flowSeal = (id: string) => ({ kind: 'provider-flow', id, owner: '' })
  const answerSeal = (id: string) => ({ kind: 'provider-answer', id, owner: '' })

  return {
    async begin(state, browser, start, kept) {
      const id = sha256(state)
      const data: FlowData = {
        ...start,
        browser: sha256(browser),
        startedAt: now(),
        kept: keys.seal(JSON.stringify(kept), flowSeal(id)),
      }
      const expiresAt = now() + flowLifetimeMs
      // A user who is gone meanwhile has no entry that could own it.
      if (!(await flows.insert({ id, owner: start.session?.userId ?? null, expiresAt, data }))) {
        throw new AuthError('invalid_token')
      }
    },

    async find(state, provider) {
      const flow = await flows.get(sha256(state))
      return flow?.data.provider === provider ? flow : undefined
    },

    open(flow) {
      const kept = keys.open(flow.data.kept, flowSeal(flow.id))
      return kept === undefined ? undefined : (JSON.parse(kept) as Json)
    },

    isOf: (flow, browser) => browser !== undefined && equalTexts(sha256(browser), flow.data.browser),

    async claim(flow) {
      if ((await flows.take(flow.id)) === undefined) throw usedUp()
    },

    async hold(provider, fields) {
      const handle = randomText(32)
      const id = sha256(handle)
      const data = { provider, fields: keys.seal(JSON.stringify(fields), answerSeal(id)) }
      await answers.insert({ id, owner: null, expiresAt: now() + answerLifetimeMs, data })
      return handle
    },

    async release(handle, provider) {
      const held = await answers.take(sha256(handle))
      const fields = held?.data.provider === provider ? keys.open(held.data.fields, answerSeal(held.id)) : undefined
      return fields === undefined ? undefined : (JSON.parse(fields) as AnswerFields)
    },
  }
}

/** The refusal of an answer to a log-in that is unknown, expired, of another browser or finished already. */
export function usedUp(reason = 'the log-in was finished already'): AuthError {
  const detail = 'This log-in was finished already, or it took too long.'
  return new AuthError('invalid_code', { status: 400, detail, cause: new Error(reason) })
}
