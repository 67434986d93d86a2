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

async function ask(ceremony) {
  try {
    return (await ceremony()).toJSON()
  } catch (error) {
    if (error.name === 'InvalidStateError') throw new Error('There is a passkey for this account here already.')
    throw new Error('No passkey was used. Try again, or choose another way.')
  }
}
