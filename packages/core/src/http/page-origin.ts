const told = new Set<string>()
/** Whoever makes origins up fills neither memory nor terminal. */
const maxTold = 10

/**
 * Tells a developer, once for each page, that the browser is elsewhere than the setting `origin` says. Silent in production,
 * where it is the event that tells, and in tests, which play strangers on purpose.
 */
export function tellPageOrigin(page: string, origin: string): void {
  if (/^(?:production|test)$/.test(process.env['NODE_ENV'] ?? '')) return
  const isOrigin = URL.canParse(page) && new URL(page).origin === page
  if (!isOrigin || told.has(page) || told.size >= maxTold) return
  told.add(page)
  console.warn(
    `Sallyport: the browser is at ${page}, and the setting \`origin\` says ${origin}: what it sent was refused. ` +
      'If the page is yours, see docs/errors.md#cross_site_request-on-your-own-pages',
  )
}
