import type { AuthenticationRequirement } from '../authentication.ts'
import type { CallContext } from '../client.ts'
import type { Principal, Resolution } from '../principal.ts'
import type { Credential } from './credentials.ts'
import type { Reply } from './reply.ts'

/** What a route asks of whoever calls it. */
export interface Requirement extends AuthenticationRequirement {
  readonly permission?: string | undefined
}

/** One request on its way through Sallyport: read once, resolved at most once. */
export interface Visit {
  /** The request target without the token, as it was received otherwise; the same text when there was none. */
  readonly url: string
  /** Whether it is for one of Sallyport's own routes. */
  readonly isRoute: boolean
  /** An answer to be sent instead of going on: the request comes from another site. */
  readonly refusal: Reply | undefined
  /** Headers that the answer must carry, whoever makes it. */
  readonly headers: Reply['headers']
  /** The answer of one of Sallyport's own routes. Never rejects. */
  serve(): Promise<Reply>
  /** Who is at the other end, as the plain functions are told it. */
  readonly client: CallContext
  /** The token of the request, for the plain functions that take one. Throws `ambiguous_credentials`. */
  credential(): Credential | undefined
  /** What the cookie says that binds log-ins at providers to a browser. */
  readonly browser: string | undefined
  /** Whose request it is. Rejects when that can't be found out. */
  resolve(): Promise<Resolution>
  /** The principal if it meets the requirement; else the answer to send. Never rejects, never passes on a doubt. */
  authorize(requirement: Requirement): Promise<Authorized | Refused>
  /** The principal if there is one: what is no good counts as nobody, an outage does not. Never rejects. */
  identify(): Promise<Authorized | Refused | Anonymous>
  /** The answer for an error: a refusal as itself; anything else is reported, and its answer tells nothing. */
  fail(error: unknown): Reply
  /** Any form of the request target without the token, as a framework keeps several. */
  scrub(url: string): string
}

/** Somebody, and the headers that an answer made for them carries unless the application says otherwise. */
export interface Authorized {
  readonly principal: Principal
  readonly headers: Reply['headers']
}

/** Nobody. */
export interface Anonymous {
  readonly principal: undefined
}

/** The answer to send instead. */
export interface Refused {
  readonly reply: Reply
}
