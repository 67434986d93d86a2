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

/**
 * The only error that this package throws, but for the abort of a `signal`, what `onStepUp` throws, and what `fetch` throws in
 * `client.fetch`. `code` is stable.
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError'
  readonly code: Code | LocalCode
  /** The HTTP status; absent without an answer, and for a redirect in a browser. */
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

/** What is understood of a problem document. */
type Refusal = Pick<Problem, 'code' | 'detail' | 'permission' | 'reason' | 'requirement'> & { readonly title?: string }

const texts = ['code', 'title', 'detail', 'permission', 'reason']

/** What was aborted, by a signal. */
export function isAbort(cause: unknown): boolean {
  return /^(?:Abort|Timeout)Error$/.test(String((cause as Error | undefined)?.name))
}

/** The problem document of a response, which can still be read afterwards; `undefined` when it has none that is understood. */
export async function problemOf(response: Response): Promise<Refusal | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  try {
    const json = (await response.clone().json()) as Readonly<Record<string, unknown>>
    const { requirement } = json
    const said = Object.entries(json).filter(([name, value]) => texts.includes(name) && typeof value === 'string')
    const refusal = Object.fromEntries(said) as unknown as Refusal
    if (refusal.code === undefined) return undefined
    return requirement === undefined ? refusal : { ...refusal, requirement: requirementOf(requirement) }
  } catch (cause) {
    if (isAbort(cause)) throw cause
    return undefined
  }
}

/** A refusal as an error, which says what was asked where there is nothing. */
export async function errorOf(response: Response, asked: string | undefined): Promise<SallyportError> {
  // A browser does not say which redirect it was.
  const status = response.status || undefined
  const problem = await problemOf(response)
  const place = status === 404 && asked ? ` Is \`url\` right? This was asked: ${asked}` : ''
  if (problem === undefined)
    return new SallyportError('unexpected_answer', `The answer was ${status ?? 'a redirect'}.${place}`, {
      ...(status && { status }),
    })
  const { code, title = code, detail } = problem
  const retryAfterMs = waitOf(response.headers.get('retry-after') ?? '')
  const message = (detail ? `${title} ${detail}` : title) + place
  return new SallyportError(code, message, { ...problem, status: response.status, retryAfterMs })
}

function requirementOf(json: unknown): Requirement {
  const { within, assurance, methods } = Object(json) as Readonly<Record<string, unknown>>
  return {
    ...(Number.isFinite(within) && { within: within as number }),
    ...((assurance === 1 || assurance === 2) && { assurance }),
    ...(Array.isArray(methods) && methods.every((one) => typeof one === 'string') && { methods }),
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function waitOf(value: string): number | undefined {
  const date = value.endsWith('GMT') ? Math.max(0, Date.parse(value) - Date.now()) : Number.NaN
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : date
  return Number.isFinite(ms) ? ms : undefined
}
