import type { Reply, Requirement, Visit } from '@sallyport/core'

/** A visit as it is: what a page is in front of, for those who change a part of it. */
export class WrappedVisit implements Visit {
  protected readonly visit: Visit

  constructor(visit: Visit) {
    this.visit = visit
  }

  get url(): string {
    return this.visit.url
  }

  get isRoute(): boolean {
    return this.visit.isRoute
  }

  get refusal(): Reply | undefined {
    return this.visit.refusal
  }

  get headers(): Reply['headers'] {
    return this.visit.headers
  }

  get client(): Visit['client'] {
    return this.visit.client
  }

  get browser(): string | undefined {
    return this.visit.browser
  }

  serve(): Promise<Reply> {
    return this.visit.serve()
  }

  credential(): ReturnType<Visit['credential']> {
    return this.visit.credential()
  }

  resolve(): ReturnType<Visit['resolve']> {
    return this.visit.resolve()
  }

  authorize(requirement: Requirement): ReturnType<Visit['authorize']> {
    return this.visit.authorize(requirement)
  }

  identify(): ReturnType<Visit['identify']> {
    return this.visit.identify()
  }

  fail(error: unknown): Reply {
    return this.visit.fail(error)
  }

  scrub(url: string): string {
    return this.visit.scrub(url)
  }
}
