import type { ErrorCode } from '../../errors.ts'
import type { JsonSchema } from './json-schema.ts'

/** Who may call a route, in the words of `docs/http.md`. */
export type Caller = keyof typeof callers

/** What may be in a query. */
export type Parameter = keyof typeof parameters

/** A code; with a status of its own where that is not the usual one. */
export type Refusal = ErrorCode | `${number} ${ErrorCode}`

/** What is told of a route besides what its schema and its place in the table say. */
export interface Operation {
  readonly id: string
  readonly summary: string
  readonly caller: Caller
  /** By status; `undefined` for no body. */
  readonly answers: Readonly<Record<number, JsonSchema | undefined>>
  /** Besides those that any route of this caller may answer with. */
  readonly refusals: readonly Refusal[]
  readonly query: readonly Parameter[]
  /** What a form has in it, for a route that takes one instead of JSON. */
  readonly form?: JsonSchema
  /** The media type of the answer, where it is not JSON. */
  readonly mediaType?: string
}

/** Operations by method and path, as in `POST /login`. */
export type Operations = Readonly<Record<string, Operation>>

const session = ['unauthenticated', 'invalid_token', 'expired_token', 'token_locked', 'session_required'] as const
const waiting = ['unauthenticated', 'invalid_token', 'expired_token', 'locked_token_expired'] as const

/** What each caller is, whether it bears a token, and what it is refused with when it is somebody else. */
export const callers: {
  readonly [Name in
    | 'anybody'
    | 'token'
    | 'locked'
    | 'enrolling'
    | 'session'
    | 'recent'
    | 'changing'
    | 'administrator']: {
    readonly description: string
    readonly bears: 'nothing' | 'maybe' | 'token'
    readonly refusals: readonly ErrorCode[]
  }
} = {
  anybody: { description: 'For anybody.', bears: 'nothing', refusals: [] },
  token: { description: 'For anybody, with or without a token.', bears: 'maybe', refusals: [] },
  locked: { description: 'For a locked token.', bears: 'token', refusals: waiting },
  enrolling: {
    description: 'For a session at the highest level of its user, and for a locked token that lists the factor.',
    bears: 'token',
    refusals: [...session, 'locked_token_expired', 'step_up_required', 'ticket_required'],
  },
  session: { description: 'For an unlocked session.', bears: 'token', refusals: session },
  recent: {
    description: 'For a session that was authenticated recently.',
    bears: 'token',
    refusals: [...session, 'step_up_required'],
  },
  changing: {
    description: 'For a session that was authenticated recently, at the highest level of its user.',
    bears: 'token',
    refusals: [...session, 'step_up_required'],
  },
  administrator: {
    description: 'For a session with the permission `sallyport:admin`; a change needs it recent, at the highest level.',
    bears: 'token',
    refusals: [...session, 'forbidden', 'step_up_required'],
  },
}

/** The parameters of queries. */
export const parameters: {
  readonly [Name in
    | 'cursor'
    | 'limit'
    | 'search'
    | 'user'
    | 'returnTo'
    | 'challenge'
    | 'state'
    | 'code'
    | 'handle']: readonly [description: string, schema: JsonSchema]
} = {
  cursor: ['Where the page before has ended: its `next`.', { type: 'string' }],
  limit: ['The size of the page.', { type: 'integer', minimum: 1, maximum: 1000 }],
  search: ['A part of a name or an address.', { type: 'string' }],
  user: ['The id of a user.', { type: 'string' }],
  returnTo: ['A path of ours, or one of the callbacks as it is listed.', { type: 'string' }],
  challenge: ['For a callback: the SHA-256 of the verifier, in base64url (RFC 7636 §4.2).', { type: 'string' }],
  state: ['For a callback: comes back as it is. From a provider: its own.', { type: 'string' }],
  code: ['The code of the provider.', { type: 'string' }],
  handle: ['What a form that was posted is held under.', { type: 'string' }],
}

/** An operation in one line. */
export function operation(
  id: string,
  summary: string,
  caller: Caller,
  answers: Operation['answers'],
  refusals: readonly Refusal[] = [],
  query: readonly Parameter[] = [],
  more: Pick<Operation, 'form' | 'mediaType'> = {},
): Operation {
  return { id, summary, caller, answers, refusals, query, ...more }
}
