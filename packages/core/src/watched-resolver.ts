import { isWatched, type Work, watched } from './diagnostics.ts'
import type { Resolution } from './principal.ts'
import type { Resolver } from './resolver.ts'

/** The same resolver, whose work can be watched. */
export function watchedResolver(resolver: Resolver): Resolver {
  return {
    resolve: (token, request) =>
      isWatched('authenticate')
        ? watched('authenticate', {}, () => resolver.resolve(token, request), outcomeOf)
        : resolver.resolve(token, request),
  }
}

function outcomeOf(resolution: Resolution): Work['authenticate'] {
  const { status } = resolution
  return status === 'refused' ? { status, code: resolution.code } : { status }
}
