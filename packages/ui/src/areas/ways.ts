import type { ProviderInfo } from '@sallyport/core'
import { type PageRequest, principalOf } from '../request.ts'

/** A way in which somebody who is logged in can confirm that it is them. */
export type Way =
  | { readonly kind: 'password'; readonly id: 'password' }
  | { readonly kind: 'factor'; readonly id: string }
  | { readonly kind: 'provider' | 'directory'; readonly id: string; readonly provider: ProviderInfo }

/** The ways that would do, the likeliest first. Who has a second factor proves that: less would be asked for again. */
export async function waysOf(request: PageRequest): Promise<readonly Way[]> {
  const { auth, query, form } = request
  const principal = principalOf(request)
  const { user } = principal
  const need = (form['need'] ?? query['need'] ?? '').split(' ')
  const [hasPassword, requirement, enrolled, identities, providers] = await Promise.all([
    knowsPassword(request),
    auth.factors.requirement(user.id),
    auth.factors.list(user.id),
    auth.identities.list(user.id),
    auth.providers.list(),
  ])
  const isStrong = requirement.assurance === 2
  const held = new Set(enrolled.map(({ factor }) => factor))
  const hasMain = auth.features.factors.some(({ id, isBackup }) => held.has(id) && !isBackup)
  // Who has a second factor without having enrolled one has that which everybody has.
  const isForEverybody = (id: string) => isStrong && !hasMain && id === 'email'
  const kinds = auth.features.factors.filter(({ id }) => held.has(id) || isForEverybody(id))
  const factors = kinds
    .toSorted((one, other) => Number(one.isBackup) - Number(other.isBackup))
    .map(({ id }): Way => ({ kind: 'factor', id }))
  const federated = providers
    .filter(({ id }) => identities.some(({ provider }) => provider === id))
    .map((provider): Way => {
      const isDirectory = provider.protocol === 'ldap'
      return isDirectory
        ? { kind: 'directory', id: `directory.${provider.id}`, provider }
        : { kind: 'provider', id: `provider.${provider.id}`, provider }
    })
  const password: readonly Way[] = hasPassword ? [{ kind: 'password', id: 'password' }] : []
  const usesPassword = principal.session?.methods.includes('pwd') === true
  const first = usesPassword ? [...password, ...federated] : [...federated, ...password]
  if (!isStrong) return [...first, ...factors]
  return need.includes('pwd') ? [...password, ...factors] : factors
}

/** Whether somebody has a password at all: who comes by a provider need not. */
export async function knowsPassword(request: PageRequest): Promise<boolean> {
  const described = await request.auth.operator.describe(principalOf(request).user.id)
  return described?.hasPassword === true
}
