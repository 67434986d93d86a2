import type { RequestView } from '@sallyport/core'

/** What a test says of a request. */
export interface ViewOptions {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string | undefined
  readonly body?: string | Uint8Array
}

/** A request as an adapter hands it over. */
export function view({ method = 'GET', url = '/', headers = {}, address, body = '' }: ViewOptions): RequestView {
  return {
    method,
    url,
    originalUrl: url,
    header: (name) => headers[name],
    address,
    async body(limit) {
      const bytes = Buffer.from(body)
      return bytes.length > limit ? undefined : bytes
    },
    departed: undefined,
  }
}
