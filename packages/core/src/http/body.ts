import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import type { RequestView } from './view.ts'

const maxBytes = 64 * 1024

/** The JSON object in the body, an empty one where there is no body. Throws `unsupported_media_type`, `invalid_request`. */
export async function readJson(view: RequestView): Promise<object> {
  return parseJson(await readText(view))
}

/** The fields of an object by a schema. What the schema does not name is dropped. Throws `invalid_request`. */
export function readFields<Schema extends v.GenericSchema>(object: object, schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, object)
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)
  const mistake = issue.input === undefined ? 'is missing' : issue.message
  throw new AuthError('invalid_request', { detail: field === null ? mistake : `\`${field}\` ${mistake}.` })
}

/** Text of 1 to `max` UTF-16 units without NUL. */
export function text(max: number): v.GenericSchema<string> {
  const message = `must be a text of 1 to ${max} characters`
  return v.pipe(
    v.string(message),
    v.minLength(1, message),
    v.maxLength(max, message),
    v.check((value) => !value.includes('\0'), 'must not contain NUL'),
  )
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): v.GenericSchema<number> {
  const message = `must be a whole number from ${min} to ${max}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message))
}

/** True or false, and nothing that looks like it. */
export const flag: v.GenericSchema<boolean> = v.boolean('must be true or false')

/** An instant in ISO 8601, as milliseconds since the epoch. */
export const instant: v.GenericSchema<string, number> = v.pipe(
  v.string('must be a time in ISO 8601'),
  v.isoTimestamp('must be a time in ISO 8601'),
  v.transform((value) => Date.parse(value)),
  // Some forms that ISO 8601 has can't be read here.
  v.number('must be a time in ISO 8601'),
)

/** The size of a page. Throws `invalid_request`. */
export function readLimit(limit: string | undefined): number | undefined {
  if (limit === undefined) return undefined
  if (/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 1000) return Number(limit)
  throw new AuthError('invalid_request', { detail: '`limit` must be a whole number from 1 to 1000.' })
}

async function readText(view: RequestView): Promise<string> {
  const bytes = await view.body(maxBytes)
  if (bytes === undefined) throw new AuthError('body_too_large', { detail: `At most ${maxBytes} bytes are read.` })
  if (bytes.length > 0 && !isJson(view.header('content-type'))) throw new AuthError('unsupported_media_type')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AuthError('invalid_request', { detail: 'The body is not UTF-8.' })
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

function parseJson(body: string): object {
  if (body === '') return {}
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told below: what the parser says of it may quote a secret.
  }
  throw new AuthError('invalid_request', { detail: 'The body must be a JSON object.' })
}
