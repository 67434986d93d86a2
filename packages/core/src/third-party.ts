import { identityFunctions, providerFunctions } from './function-names.ts'
import { onDemand, once } from './on-demand.ts'
import type { ThirdPartyFunctionDeps, ThirdPartyFunctions } from './third-party-functions.ts'

/** Third-party login, whose code is loaded with the first use. */
export function createThirdParty(deps: ThirdPartyFunctionDeps): ThirdPartyFunctions {
  const load = once(async () => {
    const { createThirdPartyFunctions } = await import('./third-party-functions.ts')
    return createThirdPartyFunctions(deps)
  })

  return {
    isEnded: async (federation) => (await load()).isEnded(federation),
    providers: onDemand(async () => (await load()).providers, providerFunctions),
    identities: onDemand(async () => (await load()).identities, identityFunctions),
  }
}
