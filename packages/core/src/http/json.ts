import type { ApiToken } from '../api-token-entry.ts'
import type { Assurance, Impersonator } from '../authentication.ts'
import type { EnrolledFactor } from '../factors/enrolled-factors.ts'
import type { Answer } from '../factors/factor.ts'
import type { Session } from '../session-entry.ts'
import type { Page } from '../storage.ts'
import type { TrustedDevice } from '../trusted-device.ts'
import type { User } from '../user.ts'

/** The shapes of the wire: times in ISO 8601, and of a user only what is meant to be seen. */
export function userJson({ id, username, displayName, email, emailVerified, roles }: User): Record<string, unknown> {
  return { id, username, displayName, email, emailVerified, roles }
}

/** A session; with `currentId`, whether it is the one that asks. */
export function sessionJson(session: Session, currentId?: string): Record<string, unknown> {
  const { id, createdAt, authenticatedAt, lastSeenAt, expiresAt, address, userAgent, methods } = session
  return {
    id,
    ...(currentId !== undefined && { current: id === currentId }),
    createdAt: iso(createdAt),
    authenticatedAt: iso(authenticatedAt),
    lastSeenAt: iso(lastSeenAt),
    expiresAt: iso(expiresAt),
    address: address ?? null,
    userAgent: userAgent ?? null,
    methods,
    ...(session.impersonator !== undefined && { impersonator: impersonatorJson(session.impersonator) }),
  }
}

/** Who acts in a user's place. */
export function impersonatorJson({ userId }: Impersonator): Record<string, unknown> {
  return { userId }
}

/** An API token; `scopes` is `null` when it inherits every permission. */
export function apiTokenJson(apiToken: ApiToken): Record<string, unknown> {
  const { id, name, createdAt, expiresAt, lastUsedAt, rotatedAt, previousExpiresAt, scopes } = apiToken
  return {
    id,
    name,
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
    lastUsedAt: iso(lastUsedAt),
    rotatedAt: iso(rotatedAt),
    previousExpiresAt: iso(previousExpiresAt),
    scopes: scopes ?? null,
  }
}

/** An enrolled factor, with what its kind says of itself. */
export function factorJson({ id, factor, name, createdAt, lastUsedAt, details }: EnrolledFactor): Answer {
  return { ...details, id, factor, name: name ?? null, createdAt: iso(createdAt), lastUsedAt: iso(lastUsedAt) }
}

/** A trusted device. */
export function deviceJson({ id, createdAt, lastUsedAt, expiresAt, address, userAgent }: TrustedDevice): Answer {
  return {
    id,
    createdAt: iso(createdAt),
    lastUsedAt: iso(lastUsedAt),
    expiresAt: iso(expiresAt),
    address: address ?? null,
    userAgent: userAgent ?? null,
  }
}

/** The assurance of a session. */
export function assuranceJson({ level, methods, provenAt, authenticatedAt }: Assurance): Record<string, unknown> {
  const times = Object.entries(provenAt).map(([method, at]) => [method, iso(at)] as const)
  return { level, methods, provenAt: Object.fromEntries(times), authenticatedAt: iso(authenticatedAt) }
}

/** A page of anything. */
export function pageJson<Item>({ items, next }: Page<Item>, item: (of: Item) => unknown): Record<string, unknown> {
  return { items: items.map(item), next }
}

/** An instant as ISO 8601 in UTC, `null` for none. */
export function iso(at: number | undefined): string | null {
  return at === undefined || !Number.isFinite(at) ? null : new Date(at).toISOString()
}
