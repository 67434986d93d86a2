import type { Reply, RequestView, Visit } from '@sallyport/core'
import { withoutParameter } from '@sallyport/core/pages'
import { linkParameter } from './link-pages.ts'

/** Answers a request to a page. Never rejects. */
export type ServePage = (visit: Visit, view: RequestView, path: string) => Promise<Reply>

/** A visit to one of our pages, as an adapter sees it: a route like those of core. */
export class PageVisit implements Visit {
  readonly url: string
  readonly isRoute = true
  readonly refusal = undefined
  readonly #visit: Visit
  readonly #view: RequestView
  readonly #path: string
  readonly #serve: ServePage

  constructor(visit: Visit, view: RequestView, path: string, serve: ServePage) {
    this.#visit = visit
    this.#view = view
    this.#path = path
    this.#serve = serve
    this.url = this.scrub(view.url)
  }

  get headers(): Reply['headers'] {
    return this.#visit.headers
  }

  get client(): Visit['client'] {
    return this.#visit.client
  }

  get browser(): string | undefined {
    return this.#visit.browser
  }

  serve(): Promise<Reply> {
    return this.#serve(this.#visit, this.#view, this.#path)
  }

  credential(): ReturnType<Visit['credential']> {
    return this.#visit.credential()
  }

  resolve(): ReturnType<Visit['resolve']> {
    return this.#visit.resolve()
  }

  authorize(requirement: Parameters<Visit['authorize']>[0]): ReturnType<Visit['authorize']> {
    return this.#visit.authorize(requirement)
  }

  identify(): ReturnType<Visit['identify']> {
    return this.#visit.identify()
  }

  fail(error: unknown): Reply {
    return this.#visit.fail(error)
  }

  /** What a link from a message bears is no less a secret than a token. */
  scrub(url: string): string {
    const plain = withoutParameter(this.#visit.scrub(url), linkParameter)
    // A page that waits for a log-in stands in `return`, with its link.
    return new RegExp(`[?&]return=[^&#]*${linkParameter}(?:=|%3d)`, 'i').test(plain)
      ? withoutParameter(plain, 'return')
      : plain
  }
}
