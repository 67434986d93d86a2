import {
  type Auth,
  type AuthenticationRequirement,
  AuthError,
  type ErrorCode,
  type Principal,
  type RequestView,
  type Visit,
} from '@sallyport/core'

/** Who is at the other end. A page knows people by their cookie alone, never by a token in the address. */
export type Person =
  | { readonly status: 'anonymous'; readonly code?: ErrorCode | undefined; readonly token?: string | undefined }
  | { readonly status: 'locked'; readonly token: string }
  | {
      readonly status: 'unlocked'
      readonly token: string
      readonly principal: Principal
      /** Whether the session is as recent and as strong as something asks for. */
      meets(requirement: AuthenticationRequirement): Promise<boolean>
    }

/** Whoever a visit is made by. Throws `ambiguous_credentials`, `unavailable`. */
export async function personOf(visit: Visit): Promise<Person> {
  const credential = credentialOf(visit)
  if (credential?.transport !== 'cookie') return { status: 'anonymous' }
  const { token } = credential
  const resolution = await visit.resolve()
  switch (resolution.status) {
    case 'anonymous':
      return { status: 'anonymous' }
    case 'locked':
      return { status: 'locked', token }
    case 'unlocked': {
      const { principal } = resolution
      if (principal.via !== 'session') return { status: 'anonymous' }
      const meets = async (requirement: AuthenticationRequirement) => !('reply' in (await visit.authorize(requirement)))
      return { status: 'unlocked', token, principal, meets }
    }
    case 'refused': {
      const { code } = resolution
      if (code !== 'invalid_token' && code !== 'expired_token') throw new AuthError(code)
      return { status: 'anonymous', code, token }
    }
  }
}

/** The same for a token that was issued a moment ago, on the strength of the same request. */
export function personWith(auth: Auth, view: RequestView, cookie: string): Promise<Person> {
  const [pair = ''] = cookie.split(';')
  return personOf(
    auth.visit({
      method: 'GET',
      url: '/',
      originalUrl: '/',
      address: view.address,
      departed: view.departed,
      header: (name) => (name === 'cookie' ? pair : view.header(name)),
      body: async () => new Uint8Array(),
    }),
  )
}

/** What is no good at all is as good as nothing: whoever has it may log in. */
function credentialOf(visit: Visit): ReturnType<Visit['credential']> {
  try {
    return visit.credential()
  } catch (error) {
    if (error instanceof AuthError && error.code === 'invalid_token') return undefined
    throw error
  }
}
