import type { Reply, RequestView, Visit } from '@sallyport/core'
import { withoutParameter } from '@sallyport/core/pages'
import { linkParameter } from './link-pages.ts'
import { WrappedVisit } from './wrapped-visit.ts'

/** Answers a request to a page. Never rejects. */
export type ServePage = (visit: Visit, view: RequestView, path: string) => Promise<Reply>

/** A page that waits for a log-in stands in `return`, with its link, and that for a confirmation in a `return` in it. */
const waitingLink = new RegExp(`[?&]return=[^&#]*${linkParameter}(?:=|%(?:25)*3d)`, 'i')

/** A visit to one of our pages, as an adapter sees it: a route like those of core. */
export class PageVisit extends WrappedVisit {
  readonly #view: RequestView
  readonly #path: string
  readonly #serve: ServePage
  readonly #url: string

  constructor(visit: Visit, view: RequestView, path: string, serve: ServePage) {
    super(visit)
    this.#view = view
    this.#path = path
    this.#serve = serve
    this.#url = this.scrub(view.url)
  }

  override get url(): string {
    return this.#url
  }

  override get isRoute(): boolean {
    return true
  }

  /** The pages show their own. */
  override get refusal(): undefined {
    return undefined
  }

  override serve(): Promise<Reply> {
    return this.#serve(this.visit, this.#view, this.#path)
  }

  /** What a link from a message bears is no less a secret than a token. */
  override scrub(url: string): string {
    const plain = withoutParameter(this.visit.scrub(url), linkParameter)
    return waitingLink.test(plain) ? withoutParameter(plain, 'return') : plain
  }
}
