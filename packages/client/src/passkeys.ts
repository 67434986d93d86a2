import type { Call } from './calls.ts'
import { SallyportError } from './error.ts'
import { creationOptions, credentialJson, requestOptions } from './passkey-json.ts'
import type { Enrolled, EnrolledLocked, EnrolledUnlocked, Locked, Unlocked } from './wire/shapes.ts'

/** Passkeys, by this browser. A refusal of the person is `passkey_not_used`, a browser that has none `passkeys_unsupported`. */
export interface Passkeys {
  /** Whether this browser can use passkeys at all. */
  readonly isSupported: boolean
  /** Makes a passkey and enrols it. Throws `passkey_exists` when this authenticator has one already. */
  register(options?: {
    readonly name?: string | undefined
    readonly revokeOthers?: boolean | undefined
  }): Promise<EnrolledUnlocked | EnrolledLocked | Enrolled>
  /** Logs in without a password. */
  logIn(options?: { readonly remember?: boolean | undefined }): Promise<Unlocked | Locked>
  /**
   * Offers passkeys where a user name is typed, in an `<input autocomplete="username webauthn">`, until one is chosen.
   * `undefined` where the browser can't, or when the offer ends: by the signal, or because something else is asked of passkeys.
   */
  offer(options?: {
    readonly remember?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<Unlocked | Locked | undefined>
  /** Opens the second door. */
  unlock(options?: { readonly trustDevice?: boolean | undefined }): Promise<Unlocked | Locked>
  /** Proves the session anew, for a step-up. */
  reauthenticate(): Promise<Unlocked | Locked>
}

const factor = 'passkey'
/** How much of its life a question waits in an offer before a new one is asked. */
const share = 0.8
const shortestLifeMs = 30_000
const usualLifeMs = 300_000

/** Passkeys over the routes of a client. */
export function createPasskeys(call: Call): Passkeys {
  /** A browser bears one question at a time: the next one ends the offer. */
  let offered: AbortController | undefined

  async function use(options: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    offered?.abort()
    const publicKey = understand(requestOptions, options)
    return ask(() => navigator.credentials.get({ publicKey }))
  }

  return {
    get isSupported() {
      return typeof PublicKeyCredential === 'function'
    },

    async register(options = {}) {
      needSupport()
      offered?.abort()
      const publicKey = understand(creationOptions, await call('POST /factors/passkeys/options', { body: {} }))
      const response = await ask(() => navigator.credentials.create({ publicKey }))
      return call('POST /factors/passkeys', { body: { ...options, response } })
    },

    async logIn(options = {}) {
      needSupport()
      const response = await use(await call('POST /login/passkey/options'))
      return call('POST /login/passkey', { body: { ...options, response } })
    },

    async offer({ signal, ...options } = {}) {
      const can = globalThis.PublicKeyCredential?.isConditionalMediationAvailable?.()
      if (!(await can)) return undefined
      offered?.abort()
      const own = (offered = new AbortController())
      const ended = AbortSignal.any(signal === undefined ? [own.signal] : [own.signal, signal])
      while (!ended.aborted) {
        const question = await call('POST /login/passkey/options', { signal: ended }).catch((cause: unknown) => {
          if (!ended.aborted) throw cause
        })
        if (question === undefined) break
        const publicKey = understand(requestOptions, question)
        // The server forgets what it has asked: it is asked again before.
        const age = AbortSignal.timeout(lifeOf(question) * share)
        const chosen = await navigator.credentials
          .get({
            publicKey,
            mediation: 'conditional',
            signal: AbortSignal.any([ended, age]),
          })
          .catch((cause: unknown) => {
            // Nobody has asked for it, so nobody is told that nothing was chosen.
            if (!age.aborted) own.abort(cause)
          })
        if (chosen && !ended.aborted) {
          const response = credentialJson(chosen as PublicKeyCredential)
          return call('POST /login/passkey', { body: { ...options, response } })
        }
      }
      return undefined
    },

    async unlock(options = {}) {
      needSupport()
      const response = await use(await call('POST /unlock/begin', { body: { factor } }))
      return call('POST /unlock', { body: { ...options, factor, response } })
    },

    async reauthenticate() {
      needSupport()
      const response = await use(await call('POST /reauthenticate/begin', { body: { factor } }))
      return call('POST /reauthenticate', { body: { factor, response } })
    },
  }
}

function needSupport(): void {
  if (typeof PublicKeyCredential === 'function') return
  throw new SallyportError('passkeys_unsupported', 'There are no passkeys here.')
}

/** What the server asks, as the browser takes it. */
function understand<Options>(
  read: (json: Readonly<Record<string, unknown>>) => Options,
  json: Readonly<Record<string, unknown>>,
): Options {
  try {
    return read(json)
  } catch (cause) {
    throw new SallyportError('unexpected_answer', 'The question is not one for passkeys.', { cause })
  }
}

/** How long the server remembers a question; no server has itself asked without a pause. */
function lifeOf({ timeout }: Readonly<Record<string, unknown>>): number {
  return typeof timeout === 'number' ? Math.min(Math.max(timeout, shortestLifeMs), usualLifeMs) : usualLifeMs
}

async function ask(ceremony: () => Promise<Credential | null>): Promise<Readonly<Record<string, unknown>>> {
  try {
    const credential = await ceremony()
    if (credential !== null) return credentialJson(credential as PublicKeyCredential)
  } catch (cause) {
    const isThere = (cause as Error).name === 'InvalidStateError'
    throw isThere
      ? new SallyportError('passkey_exists', 'There is a passkey for this account already.', { cause })
      : new SallyportError('passkey_not_used', 'No passkey was used.', { cause })
  }
  throw new SallyportError('passkey_not_used', 'No passkey was used.')
}
