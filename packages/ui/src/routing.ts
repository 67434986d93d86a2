import type { AuthError } from '@sallyport/core'
import type { Outcome, Page } from './outcome.ts'
import type { PageRequest } from './request.ts'

/** What went wrong with a form that is shown again. */
export type Failure = AuthError | undefined

/** Makes a page; after a refused form, with what was wrong. */
export type Render = (request: PageRequest, failure?: Failure) => Page | Promise<Page>

/** A page to get, or a form to send. `page` is what shows why a form was refused. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly page?: Render | undefined
  /** What a page to look at is made by: the one that shows a form is found by it. */
  readonly shows?: Render
  /** Whether a form is for whoever acts in a user's place too: none is that changes anything of the account. */
  readonly isForImpersonators?: true
  handle(request: PageRequest): Promise<Outcome>
}

/** A page to look at. */
export function page(path: string, render: Render): Route {
  return { method: 'GET', path, shows: render, handle: async (request) => ({ page: await render(request) }) }
}

/** A form to send; what is refused is said on the page that the form stands on. */
export function form(path: string, shown: Render, handle: Route['handle']): Route {
  return { method: 'POST', path, page: shown, handle }
}

/** The path of the page that a form stands on, with the parts that the form's own path names. */
export function pathOfPage(
  routes: readonly Route[],
  form: Route,
  params: Readonly<Record<string, string>>,
): string | undefined {
  const looked = routes.filter(({ method }) => method === 'GET')
  const found =
    looked.find(({ shows }) => shows !== undefined && shows === form.page) ??
    looked.find(({ path }) => path === form.path)
  return found?.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '')
}

/** A route with the parts of the path that it names, or the methods that there are instead. */
export type Match =
  | { readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly allow: readonly string[] }

/** Finds routes by path; one that is spelled out goes before one with a place for anything. */
export function createMatcher(routes: readonly Route[]): (method: string, path: string) => Match {
  const table = routes.map((route) => ({ route, parts: route.path.split('/') }))
  const blanks = (parts: readonly string[]) => parts.filter((part) => part.startsWith(':')).length
  table.sort((one, other) => blanks(one.parts) - blanks(other.parts))

  return (method, path) => {
    const parts = path.split('/')
    const allow: string[] = []
    for (const { route, parts: pattern } of table) {
      const params = matchParts(pattern, parts)
      if (params === undefined) continue
      if (route.method === (method === 'HEAD' ? 'GET' : method)) return { route, params }
      allow.push(route.method)
    }
    return { allow }
  }
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, name] of pattern.entries()) {
    const part = parts[i] ?? ''
    if (!name.startsWith(':')) {
      if (name !== part) return undefined
    } else if (/^[\w.~-]{1,255}$/.test(part)) params[name.slice(1)] = part
    else return undefined
  }
  return params
}
