import type { RequestView, Requirement, Visit } from '@sallyport/core'
import { readTarget } from '@sallyport/core/pages'
import type { Site } from './request.ts'
import { redirect } from './reply.ts'
import { WrappedVisit } from './wrapped-visit.ts'

/** Whether a person is looking: the browser goes to an address, and would show what it gets. */
export function isLookedAt(view: RequestView): boolean {
  return view.method === 'GET' && (view.header('accept') ?? '').includes('text/html')
}

/** A visit of a person to the application: where it is refused, they are led to what would help, and back. */
export class GuidingVisit extends WrappedVisit {
  readonly #view: RequestView
  readonly #site: Site

  constructor(visit: Visit, view: RequestView, site: Site) {
    super(visit)
    this.#view = view
    this.#site = site
  }

  override async authorize(requirement: Requirement): ReturnType<Visit['authorize']> {
    const outcome = await this.visit.authorize(requirement)
    if (!('reply' in outcome)) return outcome
    const to = await this.#way(requirement, outcome.reply.status)
    return to === undefined ? outcome : { reply: redirect(to) }
  }

  /** The page that would help, where the refusal is one that a person can do something about. */
  async #way(requirement: Requirement, status: number): Promise<string | undefined> {
    const isHelpless = (status !== 401 && status !== 403) || this.#isByOtherMeans()
    if (isHelpless) return undefined
    const { path, query } = readTarget(this.scrub(this.#view.originalUrl))
    const back = query === undefined ? path : `${path}?${query}`
    const resolution = await this.visit.resolve()
    if (resolution.status === 'locked') return this.#site.url('/unlock', { return: back })
    if (resolution.status !== 'unlocked') return this.#site.url('/log-in', { return: back })
    const { permission, methods } = requirement
    const isForbidden = permission !== undefined && !resolution.principal.permissions.includes(permission)
    // What is forbidden stays so, however often its user confirms that it is them.
    return isForbidden ? undefined : this.#site.url('/confirm', { return: back, need: methods?.join(' ') })
  }

  /** A token in the address or a header is a program's: it is told what is wrong. */
  #isByOtherMeans(): boolean {
    try {
      return (this.visit.credential()?.transport ?? 'cookie') !== 'cookie'
    } catch {
      return true
    }
  }
}
