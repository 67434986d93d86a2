import { once } from '../on-demand.ts'
import { OpenVisit, type VisitDeps } from './open-visit.ts'
import type { Serve } from './serve.ts'
import type { RequestView } from './view.ts'
import type { Visit } from './visit.ts'

/** The web layer, as the adapters see it. */
export interface Web {
  /**
   * Begins a request. Reads no body and touches no storage. `isPage`: it is for a page that does what our routes do, and a
   * change that another site asks for is refused even without a cookie.
   */
  visit(view: RequestView, isPage?: boolean): Visit
}

/** The web layer, whose routes are loaded with the first request to one of them. */
export function createWeb(deps: VisitDeps, loadServe: () => Promise<Serve>): Web {
  const load = once(loadServe)

  async function serve(visit: OpenVisit): ReturnType<Serve> {
    try {
      return await (await load())(visit)
    } catch (error) {
      return visit.fail(error)
    }
  }

  return { visit: (view, isPage) => new OpenVisit(view, deps, serve, isPage) }
}
