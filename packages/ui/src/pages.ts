import type { Auth, RequestView } from '@sallyport/core'
import { readTarget } from '@sallyport/core/pages'
import { createAssets } from './assets.ts'
import { accountRoutes } from './areas/account-routes.ts'
import { adminRoutes } from './areas/admin-routes.ts'
import { doorRoutes } from './areas/door-routes.ts'
import { GuidingVisit, isLookedAt } from './guiding-visit.ts'
import { strayLinks } from './link-pages.ts'
import { PageVisit, type ServePage } from './page-visit.ts'
import type { Site } from './request.ts'
import { createMatcher } from './routing.ts'
import { createServe } from './serve.ts'
import { assertAuth, checkLook, type PagesSettings } from './settings.ts'
import { createSpeaker } from './texts.ts'

/** An `auth` that serves the pages as well, for any adapter: `app.use(sallyport(pages(auth)))`. */
export type Pages = Pick<Auth, 'visit'>

/**
 * The pages in front of an `auth`, at `path` and below. A browser that the application's own `protect` would refuse is led
 * to the log-in, the unlock or the confirmation, and back again. Under a prefix of the framework they are at home as well.
 * Warns of links in messages that would lead nowhere. Throws `invalid_setting`.
 */
export function pages(auth: Auth, settings: PagesSettings = {}): Pages {
  assertAuth(auth)
  const plain = furnish(auth, settings)
  const warning = strayLinks(auth.features, plain.site.base)
  if (warning !== undefined) console.warn(warning)
  const { path: own } = plain.site
  let mounted: { readonly prefix: string; readonly house: Furnished } | undefined

  /** Without a `publicPath` the request tells what is in front of it. */
  function houseFor(view: RequestView, path: string): Furnished {
    const prefix = settings.publicPath === undefined ? prefixOf(view, path) : ''
    if (prefix === '') return plain
    if (mounted?.prefix === prefix) return mounted.house
    const publicPath = prefix + own
    const isStray = mounted === undefined && strayLinks(auth.features, publicPath) !== undefined
    if (isStray) console.warn(strayUnder(prefix, publicPath))
    mounted = { prefix, house: furnish(auth, { ...settings, publicPath }) }
    return mounted.house
  }

  return {
    visit(view: RequestView, isPage = false) {
      const { path } = readTarget(view.url)
      const isOurs = path === own || path.startsWith(`${own}/`)
      const visit = auth.visit(view, isPage || isOurs)
      const { site, serve } = houseFor(view, path)
      if (isOurs && view.method !== 'OPTIONS') return new PageVisit(visit, view, path.slice(own.length), serve)
      return isLookedAt(view) && !visit.isRoute ? new GuidingVisit(visit, view, site) : visit
    },
  }
}

/** The pages as they are at one address. */
interface Furnished {
  readonly site: Site
  readonly serve: ServePage
}

const routes = [...doorRoutes, ...accountRoutes, ...adminRoutes]
const match = createMatcher(routes)

function furnish(auth: Auth, settings: PagesSettings): Furnished {
  const look = checkLook(settings, auth.features.origin)
  const site: Site = { ...look, auth, url: addresses(look.base) }
  const assets = createAssets(site)
  return { site, serve: createServe({ site, assets, routes, match, speaker: createSpeaker(look.texts) }) }
}

/** What a framework has taken off the path before us: never another origin, and nothing that a path of ours could not be. */
function prefixOf({ url, originalUrl }: RequestView, path: string): string {
  if (url === originalUrl) return ''
  const { path: whole } = readTarget(originalUrl)
  // At the mount point itself there is nothing left, and that is a slash.
  const rest = path === '/' && !whole.endsWith('/') ? '' : path
  const prefix = whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length) : ''
  return /^(?:\/[\w.~-]+)+$/.test(prefix) ? prefix : ''
}

function strayUnder(prefix: string, publicPath: string): string {
  const at = JSON.stringify(publicPath)
  return (
    `The pages are at ${publicPath}, and links in messages do not lead there: give pages \`publicPath: ${at}\` and ` +
    `createAuth \`linkPages: linkPages(${at})\`, and its own \`publicPath\` with ${prefix} in front.`
  )
}

function addresses(base: string): Site['url'] {
  return (path, query = {}) => {
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    return base + path + (given.length === 0 ? '' : `?${new URLSearchParams(given)}`)
  }
}
