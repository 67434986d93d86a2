import type { IdentityKey } from './federated-identity.ts'
import { sha256 } from './hash.ts'
import { canonicalName } from './identifier.ts'
import type { Evidence, Provider } from './provider.ts'
import type { MappedProfile } from './provider-rules.ts'
import { randomText } from './token.ts'
import type { Profile } from './user-state.ts'

const maxText = 256
const maxRoles = 200

/** What the rules of a provider make of its evidence, bounded: a provider's claims are input like any other. */
export function mapProfile(provider: Provider, evidence: Evidence): MappedProfile {
  const mapped = provider.profile?.(evidence.claims) ?? evidence.profile ?? {}
  const email = readText(mapped.email)
  const roles = Array.isArray(mapped.roles) ? mapped.roles.flatMap((role) => readText(role) ?? []) : undefined
  return {
    username: readText(mapped.username),
    displayName: readText(mapped.displayName),
    email: email?.includes('@') === true ? email : undefined,
    emailVerified: mapped.emailVerified === true,
    roles: roles?.slice(0, maxRoles),
  }
}

/** A profile with what was mapped in place of what was there. */
export function applyProfile(profile: Profile, mapped: MappedProfile, now: number): Profile {
  const email = mapped.email ?? profile.email
  const before = email === profile.email ? profile.emailVerifiedAt : null
  const isVerified = mapped.email !== undefined && mapped.emailVerified === true
  return {
    ...profile,
    displayName: mapped.displayName ?? profile.displayName,
    email,
    emailVerifiedAt: isVerified ? (before ?? now) : before,
    roles: mapped.roles ?? profile.roles,
  }
}

/**
 * Login names for a new user, best first. Without a mapping the name says the provider, so that nobody gets a name that
 * means something here by having it elsewhere.
 */
export function nameCandidates({ provider, subject }: IdentityKey, { username }: MappedProfile): readonly string[] {
  const own = `${provider}:${subject}`
  const first = username ?? own
  const short = canonicalName(first) === undefined ? `${provider}:${sha256(subject).slice(0, 22)}` : first
  return [short, `${short.slice(0, 100)}-${randomText(6)}`, `${provider}:${randomText(16)}`]
}

/** Bounded text without control characters. */
function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim()
  return text === '' || text.length > maxText ? undefined : text
}
