/** How deep an error's causes are told. */
const maxDepth = 8

/** Credentials in an address, and what is said to be one by its name. */
const credentials = /:\/\/[^\s"'`<>]*@/g
const named = /\b(password|passwd|pwd|secret|token|client_secret)(["']?\s*[=:]\s*["']?)[^\s&;,"'`]+/gi

/**
 * An error as a log may have it: name, message, code and stack, and the same of its causes. What drivers add besides, as
 * parameters of a query or the address of a connection, is left out, and credentials in a message are `[redacted]`.
 */
export function loggable(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redacted(error) : `a ${typeof error} was thrown`
  const { cause } = error
  const isTold = cause !== undefined && depth < maxDepth
  const told = new Error(redacted(error.message), isTold ? { cause: loggable(cause, depth + 1) } : undefined)
  const code = 'code' in error && ['string', 'number'].includes(typeof error.code) ? { code: error.code } : {}
  Object.defineProperty(told, 'stack', { value: redacted(error.stack ?? `${error.name}: ${error.message}`) })
  return Object.assign(told, { name: error.name }, code)
}

function redacted(text: string): string {
  return text.replace(credentials, '://[redacted]@').replace(named, '$1$2[redacted]')
}
