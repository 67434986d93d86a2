import type { Auth, RequestView } from '@sallyport/core'
import { readTarget } from '@sallyport/core/pages'
import { createAssets } from './assets.ts'
import { accountRoutes } from './areas/account-routes.ts'
import { adminRoutes } from './areas/admin-routes.ts'
import { doorRoutes } from './areas/door-routes.ts'
import { GuidingVisit, isLookedAt } from './guiding-visit.ts'
import { strayLinks } from './link-pages.ts'
import { PageVisit } from './page-visit.ts'
import type { Site } from './request.ts'
import { createMatcher } from './routing.ts'
import { createServe } from './serve.ts'
import { checkLook, type PagesSettings } from './settings.ts'
import { createSpeaker } from './texts.ts'

/** An `auth` that serves the pages as well, for any adapter: `app.use(sallyport(pages(auth)))`. */
export type Pages = Pick<Auth, 'visit'>

/**
 * The pages in front of an `auth`, at `path` and below. A browser that the application's own `protect` would refuse is led
 * to the log-in, the unlock or the confirmation, and back again. Warns of links in messages that would lead nowhere. Throws `invalid_setting`.
 */
export function pages(auth: Auth, settings: PagesSettings = {}): Pages {
  const look = checkLook(settings, auth.features.origin)
  const warning = strayLinks(auth.features, look.base)
  if (warning !== undefined) console.warn(warning)
  const site: Site = { ...look, auth, url: addresses(look.base) }
  const routes = [...doorRoutes, ...accountRoutes, ...adminRoutes]
  const assets = createAssets(site)
  const serve = createServe({ site, assets, routes, match: createMatcher(routes), speaker: createSpeaker(look.texts) })

  return {
    visit(view: RequestView, isPage = false) {
      const { path } = readTarget(view.url)
      const isOurs = path === look.path || path.startsWith(`${look.path}/`)
      const visit = auth.visit(view, isPage || isOurs)
      if (isOurs && view.method !== 'OPTIONS') return new PageVisit(visit, view, path.slice(look.path.length), serve)
      return isLookedAt(view) && !visit.isRoute ? new GuidingVisit(visit, view, site) : visit
    },
  }
}

function addresses(base: string): Site['url'] {
  return (path, query = {}) => {
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    return base + path + (given.length === 0 ? '' : `?${new URLSearchParams(given)}`)
  }
}
