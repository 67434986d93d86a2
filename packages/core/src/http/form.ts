import { AuthError } from '../errors.ts'
import { readTarget, type RequestView } from './view.ts'

const maxBytes = 256 * 1024
const maxFields = 50

/** Parameters by name. Each was sent once: one that comes twice is an error, whichever of the two was meant. */
export type Fields = Readonly<Record<string, string>>

/** The parameters of the query. */
export function readQuery(target: string): Fields {
  return fieldsOf(new URLSearchParams(readTarget(target).query ?? ''))
}

/** The parameters of a form that was posted, as SAML and the form-post response mode send it. */
export async function readForm(view: RequestView): Promise<Fields> {
  const [type] = (view.header('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new AuthError('unsupported_media_type', { detail: 'The body must be a form.' })
  }
  const bytes = await view.body(maxBytes)
  if (bytes === undefined) throw new AuthError('body_too_large', { detail: `At most ${maxBytes} bytes are read.` })
  const text = Buffer.from(bytes).toString('utf8')
  return fieldsOf(text.startsWith('{') ? ofParser(text) : new URLSearchParams(text))
}

/** What a form parser in front has made of the body. A form itself never begins with a brace: it is encoded there. */
function ofParser(text: string): readonly (readonly [string, unknown])[] {
  try {
    return Object.entries(JSON.parse(text) as Record<string, unknown>)
  } catch {
    throw new AuthError('invalid_request', { detail: 'The body is no form.' })
  }
}

function fieldsOf(pairs: Iterable<readonly [string, unknown]>): Fields {
  const fields = new Map<string, string>()
  for (const [name, value] of pairs) {
    if (fields.has(name) || typeof value !== 'string') throw twice(name)
    if (fields.size >= maxFields || value.includes('\0')) throw new AuthError('invalid_request')
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}

function twice(name: string): AuthError {
  return new AuthError('invalid_request', { detail: `\`${name.slice(0, 64)}\` was sent more than once.` })
}
