import { messageOf } from './messages.js'

/** A refusal of the server. `message` is for people, `code` for programs. */
export class Problem extends Error {
  constructor(document, retryAfterS) {
    super(messageOf({ ...document, retryAfterS }))
    this.code = document.code
    this.document = document
  }
}

/** What a person gave up, and does not want to be told of. */
export class Cancelled extends Error {}

const lost = new Set(['unauthenticated', 'invalid_token', 'expired_token', 'locked_token_expired'])

/** Told when the session turns out to be gone. */
export const session = new EventTarget()

/** Sends JSON and resolves to the JSON that comes back. Throws `Problem`. */
export async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  }).catch(() => {
    throw new Problem({ code: 'offline' })
  })
  if (response.status === 204) return undefined
  const json = await response.json().catch(() => ({ code: response.ok ? 'internal_error' : codeOf(response.status) }))
  if (response.ok) return json
  const problem = new Problem(json, Number(response.headers.get('Retry-After')))
  if (lost.has(problem.code)) session.dispatchEvent(new CustomEvent('lost', { detail: problem }))
  throw problem
}

/** The same refusal where nobody was asked for a user name. */
export function wrongPassword(error) {
  if (error.code === 'invalid_credentials') error.message = 'The password is wrong.'
  throw error
}

/** What a proxy in front may answer without a problem document. */
function codeOf(status) {
  return status === 429 ? 'too_many_attempts' : status >= 500 ? 'unavailable' : 'invalid_request'
}
