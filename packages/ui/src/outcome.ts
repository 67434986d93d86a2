import type { Reply } from '@sallyport/core'
import type { Html } from './html.ts'

/** Which frame a page stands in: that of somebody who is not in yet, of the account, or of the administration. */
export type Area = 'door' | 'account' | 'admin'

/** A page, before its frame is put around it. */
export interface Page {
  readonly title: string
  readonly area: Area
  readonly body: Html
  /** The section that it belongs to, by its path below the mount path. */
  readonly section?: string
  /** Where "back" leads, for a page below a section. */
  readonly back?: string
  /** Where the browser goes on by itself: to an identity provider, which no form may be sent to. */
  readonly leadsTo?: string
  readonly status?: number
}

/** What a request comes to: a page, or another address to get (RFC 9110 §15.4.4). */
export type Outcome = { readonly cookies?: readonly string[]; readonly headers?: Reply['headers'] } & (
  | { readonly page: Page }
  | { readonly to: string }
  | { readonly json: unknown }
)
