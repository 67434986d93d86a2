/** A refusal of the application's own, in the words of Sallyport's. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail?: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** An answer that a framework has to send. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  404: 'There is nothing here.',
  413: 'The request body is too large.',
  415: 'The request body must be JSON.',
  500: 'Something went wrong.',
}

/** The answer to anything that was thrown: a refusal as itself, anything else as a fault that tells nothing. */
export function answerTo(error: unknown): Answer {
  if (error instanceof HttpError) return problem(error.status, error.code, error.message || undefined)
  const status = statusOf(error)
  if (status >= 400 && status < 500) return problem(status, status === 404 ? 'not_found' : 'invalid_request')
  console.error(error)
  return problem(500, 'internal_error')
}

function problem(status: number, code: string, detail?: string): Answer {
  const title = titles[status] ?? titles[400]
  const body = JSON.stringify({ type: `urn:example:${code}`, title, status, code, detail })
  return { status, type: 'application/problem+json; charset=utf-8', body }
}

/** Body parsers say what they refuse by a status on the error. */
function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : Number.NaN
  return Number.isInteger(status) ? status : 500
}
