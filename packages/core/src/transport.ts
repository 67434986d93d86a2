/** Where a token may stand besides the cookie. */
export interface Transports {
  /** The name of the query parameter. */
  readonly parameter: string
  /** `'api-tokens-only'` refuses session tokens in the query; links of ours work unless it is `false`. */
  readonly query: boolean | 'api-tokens-only'
  /** Whether `Authorization: Bearer` is read. */
  readonly bearer: boolean
}
