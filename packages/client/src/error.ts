import type { Code, Problem, Requirement } from './wire/problem.ts'

/** What can go wrong on this side: no answer, one that is not of Sallyport, or no passkey. */
export type LocalCode =
  | 'no_answer'
  | 'unexpected_answer'
  | 'passkeys_unsupported'
  | 'passkey_exists'
  | 'passkey_not_used'

/** What a failure knows besides its code. */
export interface ErrorDetails
  extends Partial<Pick<Problem, 'status' | 'detail' | 'permission' | 'reason' | 'requirement'>> {
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** The only error that this package throws, but for the abort of a `signal` and what `onStepUp` throws. `code` is stable. */
export class SallyportError extends Error {
  override readonly name = 'SallyportError'
  readonly code: Code | LocalCode
  /** The HTTP status; absent without an answer. */
  readonly status: number | undefined
  /** One sentence on this very case. */
  readonly detail: string | undefined
  /** For `forbidden`: what is missing. */
  readonly permission: string | undefined
  /** For `password_refused`: which rule. */
  readonly reason: string | undefined
  /** For `step_up_required`: what would satisfy it. */
  readonly requirement: Requirement | undefined
  /** For 429 and 503: when to come again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined

  constructor(code: Code | LocalCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.status = details.status
    this.detail = details.detail
    this.permission = details.permission
    this.reason = details.reason
    this.requirement = details.requirement
    this.retryAfterMs = details.retryAfterMs
  }
}

/** The problem document of a response, which can still be read afterwards; `undefined` when it has none. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  return (await response.clone().json()) as Problem
}

/** A refusal as an error. */
export async function errorOf(response: Response): Promise<SallyportError> {
  const { status, headers } = response
  const problem = await problemOf(response).catch(() => undefined)
  if (problem === undefined) return new SallyportError('unexpected_answer', `The answer was ${status}.`, { status })
  const { code, title, detail } = problem
  const seconds = headers.get('retry-after')
  const retryAfterMs = seconds === null ? undefined : Number(seconds) * 1000
  return new SallyportError(code, detail ? `${title} ${detail}` : title, { ...problem, status, retryAfterMs })
}
