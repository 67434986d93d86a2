/** A page, and where one is after all redirects. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
  readonly forms: readonly { readonly action: string; readonly fields: Readonly<Record<string, string>> }[]
}

/** A browser that goes from site to site: it follows redirects, keeps each site's cookies, and runs no script. */
export interface Walker {
  get(url: string): Promise<Page>
  /** Sends a form; `crossSite` as the page of another site does, which gets no cookies along. */
  post(url: string, fields: Readonly<Record<string, string>>, options?: { readonly crossSite?: boolean }): Promise<Page>
  /** Sends JSON, as a page of that site. */
  send(url: string, body: unknown): Promise<Page>
}

const mostRedirects = 20

export function createWalker(): Walker {
  const jars = new Map<string, Map<string, string>>()

  async function walk(target: string, init: RequestInit, withCookies = true): Promise<Page> {
    let url = target
    let sent: RequestInit = init
    for (let i = 0; i < mostRedirects; i++) {
      const { origin } = new URL(url)
      const jar = jars.get(origin) ?? new Map<string, string>()
      jars.set(origin, jar)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = new Headers(sent.headers)
      if (cookie !== '' && (withCookies || i > 0)) headers.set('cookie', cookie)
      const response = await fetch(url, { ...sent, headers, redirect: 'manual' })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      const text = await response.text()
      const location = response.headers.get('location')
      if (location === null) return { url, status: response.status, text, forms: formsIn(text) }
      url = new URL(location, url).href
      sent = {}
    }
    throw new Error(`More than ${mostRedirects} redirects from ${target}`)
  }

  return {
    get: (url) => walk(url, {}),

    post(url, fields, { crossSite = false } = {}) {
      const headers = crossSite
        ? { origin: 'https://idp.example', 'sec-fetch-site': 'cross-site' }
        : { origin: new URL(url).origin }
      return walk(url, { method: 'POST', headers, body: new URLSearchParams(fields) }, !crossSite)
    },

    send: (url, body) =>
      walk(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: new URL(url).origin },
        body: JSON.stringify(body),
      }),
  }
}

function formsIn(html: string): Page['forms'] {
  return [...html.matchAll(/<form[^>]*\baction="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action = '', content = '']) => ({
      action: unescape(action),
      fields: Object.fromEntries(
        [...content.matchAll(/<input[^>]*\bname="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
          name,
          unescape(value),
        ]),
      ),
    }),
  )
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
