import { type ErrorCode, refusals } from '../../errors.ts'
import type { Route } from '../route.ts'
import type { JsonSchema } from './json-schema.ts'
import { callers, type Operation, type Refusal } from './operation.ts'
import { shape } from './shapes.ts'

/** The responses of refusals: each is described once, whatever operations have it. */
export interface Responses {
  /** References by status. */
  of(codes: readonly Refusal[]): Readonly<Record<string, JsonSchema>>
  /** What was referred to so far, by name. */
  components(): Readonly<Record<string, JsonSchema>>
}

export function createResponses(): Responses {
  const known = new Map<string, JsonSchema>()

  return {
    of(codes) {
      const byStatus = new Map<number, ErrorCode[]>()
      for (const refusal of new Set(codes)) {
        const [status, code] = statusOf(refusal)
        byStatus.set(status, [...(byStatus.get(status) ?? []), code])
      }
      const entries = [...byStatus].map(([status, some]) => {
        const name = [status, ...some.toSorted()].join('.')
        known.set(name, response(status, some.toSorted()))
        return [String(status), { $ref: `#/components/responses/${name}` }] as const
      })
      return Object.fromEntries(entries)
    },
    components: () => Object.fromEntries([...known].sort(([one], [other]) => (one < other ? -1 : 1))),
  }
}

/** Every refusal that a route may answer with: its own, those of its caller, and those of its method and path. */
export function refusalsOf(route: Route, { caller, refusals: own, form }: Operation): readonly Refusal[] {
  const changes = route.method !== 'GET'
  const { bears, refusals: ofCaller } = callers[caller]
  const isBarred = changes && bears === 'token' && route.isForImpersonators !== true
  // A session is all that a form or a question needs: nothing recent.
  const needed = ofCaller.filter((code) => changes || code !== 'step_up_required')
  return [
    'invalid_request',
    ...(bears === 'nothing' ? [] : (['ambiguous_credentials'] as const)),
    ...needed,
    ...(isBarred ? (['own_session_required'] as const) : []),
    ...(changes && route.isOpen !== true ? (['cross_site_request'] as const) : []),
    ...(route.path.includes(':') ? (['not_found'] as const) : []),
    ...(changes && (route.isOpen !== true || form !== undefined || route.takes !== undefined)
      ? (['body_too_large', 'unsupported_media_type'] as const)
      : []),
    ...own,
    'internal_error',
    'unavailable',
  ]
}

function statusOf(refusal: Refusal): readonly [status: number, code: ErrorCode] {
  const [first = '', second] = refusal.split(' ')
  const code = (second ?? first) as ErrorCode
  return [second === undefined ? refusals[code][0] : Number(first), code]
}

function response(status: number, codes: readonly ErrorCode[]): JsonSchema {
  const header = (description: string, type: string) => ({ description, schema: { type } })
  const schema = { ...shape('Problem'), properties: { code: { enum: codes } } }
  return {
    description: codes.map((code) => `\`${code}\`: ${refusals[code][1]}`).join(' '),
    ...(status === 401 && { headers: { 'WWW-Authenticate': header('RFC 9110 §11.6.1', 'string') } }),
    ...((status === 429 || status === 503) && { headers: { 'Retry-After': header('In seconds.', 'integer') } }),
    content: { 'application/problem+json': { schema } },
  }
}
