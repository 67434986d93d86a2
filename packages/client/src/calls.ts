import type { AccountRoutes } from './wire/account-routes.ts'
import type { FactorRoutes } from './wire/factor-routes.ts'
import type { SessionRoutes } from './wire/session-routes.ts'

/** Every route that programs and pages call, with what it takes and answers. */
export interface Routes extends SessionRoutes, FactorRoutes, AccountRoutes {}

/** The names of the parts of a path that are written with a colon. */
type Blanks<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? Blanks<First> | Blanks<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never

/** What is sent to a route. */
export type CallOptions<Route extends keyof Routes> = Omit<Routes[Route], 'answer'> &
  ([Blanks<Route>] extends [never] ? unknown : { readonly params: Readonly<Record<Blanks<Route>, string>> }) & {
    readonly signal?: AbortSignal | undefined
  }

/** Options that may be left out where nothing in them is needed. */
type Rest<Options> = object extends Options ? [options?: Options] : [options: Options]

/** Calls a route. Throws `SallyportError`. */
export type Call = <Route extends keyof Routes>(
  route: Route,
  ...rest: Rest<CallOptions<Route>>
) => Promise<Routes[Route]['answer']>
