import type { RequestView } from './view.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whether a request may change state, or open a socket that may. */
export function isUnsafe(view: RequestView): boolean {
  return !safeMethods.has(view.method) || view.header('upgrade') !== undefined
}

/**
 * Whether a state-changing request comes from a page of ours. The browser says so by `Sec-Fetch-Site: same-origin` or
 * by an `Origin` that is ours or listed. Without either header it is a program, which bears no cookies and sends JSON.
 */
export function isFromOurSite(view: RequestView, origins: ReadonlySet<string>): boolean {
  const site = view.header('sec-fetch-site')
  const origin = view.header('origin')
  if (site === 'same-origin' || (origin !== undefined && origins.has(origin))) return true
  if (site !== undefined || origin !== undefined) return false
  return view.header('cookie') === undefined
}
