/** Whether this browser can do what is needed here. */
export const knowsPasskeys = typeof PublicKeyCredential?.parseRequestOptionsFromJSON === 'function'

/** Makes a passkey; resolves to what the server wants to see of it. */
export async function createPasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return ask(() => navigator.credentials.create({ publicKey }))
}

/** Uses a passkey; resolves to what the server wants to see of it. */
export async function usePasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return ask(() => navigator.credentials.get({ publicKey }))
}

let offer

/**
 * Offers the passkeys of this browser where the user name is typed (conditional UI), until something else is asked of
 * them. What is chosen goes to `finish`.
 */
export async function offerPasskeys({ begin, finish }) {
  stopOffering()
  const { signal } = (offer = new AbortController())
  while (!signal.aborted) {
    const credential = await nextChoice(begin, signal)
    if (credential === undefined || signal.aborted) return
    if (credential !== tooOld) return finish(credential.toJSON())
  }
}

/** Ends an offer: a browser bears one question about passkeys at a time. */
export function stopOffering() {
  offer?.abort()
}

const tooOld = Symbol('tooOld')

/** The passkey that was chosen, or `tooOld` when the server soon forgets what it asked. Nobody is told of a failure: nobody asked. */
async function nextChoice(begin, signal) {
  if (!knowsPasskeys || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return undefined
  let age
  try {
    const options = await begin()
    age = AbortSignal.timeout(options.timeout * 0.8)
    return await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      mediation: 'conditional',
      signal: AbortSignal.any([signal, age]),
    })
  } catch {
    return age?.aborted ? tooOld : undefined
  }
}

async function ask(ceremony) {
  stopOffering()
  try {
    return (await ceremony()).toJSON()
  } catch (error) {
    if (error.name === 'InvalidStateError') throw new Error('There is a passkey for this account here already.')
    throw new Error('No passkey was used. Try again, or choose another way.')
  }
}
