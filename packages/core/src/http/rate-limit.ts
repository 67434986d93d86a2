import type { Quota } from '../errors.ts'

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), of each quota what is least. */
export function rateLimitHeaders(quotas: readonly Quota[]): readonly (readonly [name: string, value: string])[] {
  const least = new Map<string, Quota>()
  for (const quota of quotas) {
    const before = least.get(quota.name)
    if (before === undefined || quota.remaining < before.remaining) least.set(quota.name, quota)
  }
  if (least.size === 0) return []
  const listed = (text: (quota: Quota) => string) => [...least.values()].map(text).join(', ')
  return [
    ['RateLimit-Policy', listed(({ name, limit, windowMs }) => `"${name}";q=${limit};w=${seconds(windowMs)}`)],
    ['RateLimit', listed(({ name, remaining, resetMs }) => `"${name}";r=${remaining};t=${seconds(resetMs)}`)],
  ]
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}
