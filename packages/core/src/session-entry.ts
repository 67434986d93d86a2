import {
  type Assurance,
  type Federation,
  type BoundImpersonator,
  type Impersonator,
  levelOf,
  type Method,
  type ProvenAt,
} from './authentication.ts'
import type { Entry } from './storage.ts'

/** What storage keeps of a session. */
export interface SessionData {
  readonly hash: string
  /** The hash before the last renewal, to tell a copy of the old token from a made-up one. */
  readonly retired?: string | undefined
  readonly epoch: string
  readonly createdAt: number
  readonly authenticatedAt: number
  readonly lastSeenAt: number
  readonly provenAt: ProvenAt
  readonly address: string | null
  readonly userAgent: string | null
  /** Whether the browser keeps the cookie after it was closed. */
  readonly remember: boolean
  /** The log-in at a provider that it came from, and with whose session there it ends. */
  readonly federation?: Federation | undefined
  /** Who acts in the user's place; absent in a session of the user's own. */
  readonly impersonator?: BoundImpersonator | undefined
}

/** A session as it is shown: never its token. Times are in milliseconds since the epoch. */
export interface Session {
  readonly id: string
  readonly createdAt: number
  readonly authenticatedAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly methods: readonly Method[]
  readonly provenAt: ProvenAt
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly remember: boolean
  /** In lists: the administrator who acts in the user's place. */
  readonly impersonator?: Impersonator | undefined
}

/** How long sessions live, in milliseconds. */
export interface SessionLimits {
  /** From log-in to the end, whatever happens. */
  readonly lifetimeMs: number
  /** Without a request; `undefined` for no limit. */
  readonly idleMs: number | undefined
  /** `lastSeenAt` is written at most this often. */
  readonly touchIntervalMs: number
}

/** A session without what only storage may know. */
export function toSession({ id, expiresAt, data }: Pick<Entry<SessionData>, 'id' | 'expiresAt' | 'data'>): Session {
  return {
    id,
    createdAt: data.createdAt,
    authenticatedAt: data.authenticatedAt,
    lastSeenAt: data.lastSeenAt,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    methods: Object.keys(data.provenAt),
    provenAt: data.provenAt,
    address: data.address ?? undefined,
    userAgent: data.userAgent ?? undefined,
    remember: data.remember,
  }
}

/** The assurance that a session gives. */
export function assuranceOf({ methods, provenAt, authenticatedAt }: Session): Assurance {
  return { level: levelOf(provenAt), methods, provenAt, authenticatedAt }
}

/** Whether a session has gone unused for too long. */
export function isIdle(data: SessionData, { idleMs }: SessionLimits, now: number): boolean {
  return idleMs !== undefined && now - data.lastSeenAt > idleMs
}
