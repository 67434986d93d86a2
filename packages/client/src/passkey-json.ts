type Json = Readonly<Record<string, unknown>>

/** Creation options of the server as the browser takes them. Not by `parseCreationOptionsFromJSON`, which older browsers lack. */
export function creationOptions(json: Json): PublicKeyCredentialCreationOptions {
  const user = json['user'] as Json
  return {
    ...json,
    challenge: bytes(json['challenge']),
    user: { ...user, id: bytes(user['id']) },
    excludeCredentials: descriptors(json['excludeCredentials']),
  } as unknown as PublicKeyCredentialCreationOptions
}

/** Request options of the server as the browser takes them. */
export function requestOptions(json: Json): PublicKeyCredentialRequestOptions {
  return {
    ...json,
    challenge: bytes(json['challenge']),
    allowCredentials: descriptors(json['allowCredentials']),
  } as unknown as PublicKeyCredentialRequestOptions
}

/** What an authenticator has answered, as the server takes it. */
export function credentialJson(credential: PublicKeyCredential): Json {
  const { id, rawId, type, authenticatorAttachment } = credential
  const response = credential.response as Partial<AuthenticatorAttestationResponse & AuthenticatorAssertionResponse>
  const named = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'] as const
  const buffers = named.flatMap((name) => (response[name] ? [[name, text(response[name])] as const] : []))
  const transports = response.getTransports?.()
  return {
    id,
    rawId: text(rawId),
    type,
    authenticatorAttachment,
    response: { ...Object.fromEntries(buffers), transports },
    clientExtensionResults: credential.getClientExtensionResults(),
  }
}

function descriptors(list: unknown): unknown {
  return (list as readonly Json[] | undefined)?.map((one) => ({ ...one, id: bytes(one['id']) }))
}

function bytes(base64url: unknown): Uint8Array {
  const binary = atob(String(base64url).replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
