import { expect } from 'vitest'

/** Values for fields, by name; `true` and `false` tick a box or not. */
type Values = Readonly<Record<string, string | boolean>>

/** Somebody who reads the pages, by whatever browser. */
export interface Reader {
  /** Path and query of the page. */
  readonly at: string
  readonly status: number
  readonly markup: string
  /** What is to be read, blanks joined. */
  readonly text: string
  go(path: string): Promise<void>
  /** Sends the form of the button of this name. */
  press(name: string | RegExp, values?: Values): Promise<void>
  follow(name: string | RegExp): Promise<void>
  /** The value of the field of this id. */
  valueOf(id: string): string
}

/**
 * Opens a browser without script or style, with nothing in it: it keeps cookies, follows links and redirects, and sends
 * forms as they stand.
 */
export function openReader(origin: string, userAgent = 'Mozilla/5.0 (X11; Linux) Firefox/140.0'): Reader {
  const cookies = new Map<string, string>()
  let [at, status, markup] = ['/', 0, '']

  async function load(path: string, body?: URLSearchParams): Promise<void> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = { accept: 'text/html', 'user-agent': userAgent, 'sec-fetch-site': 'same-origin', cookie }
    const answer = await fetch(origin + path, {
      redirect: 'manual',
      headers: body === undefined ? sent : { ...sent, origin },
      ...(body !== undefined && { method: 'POST', body }),
    })
    for (const line of answer.headers.getSetCookie()) keep(line)
    const to = answer.headers.get('location')
    if (to !== null) return load(pathOf(to))
    ;[at, status, markup] = [path, answer.status, await answer.text()]
    const onward = /<meta http-equiv="refresh" content="0; url=([^"]+)"/.exec(markup)?.[1]
    if (onward !== undefined) await load(pathOf(decode(onward)))
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) cookies.delete(name)
    else cookies.set(name, value)
  }

  const pathOf = (address: string): string => {
    const { pathname, search } = new URL(address, origin)
    return pathname + search
  }
  const matches = (name: string | RegExp, text: string) => (typeof name === 'string' ? text === name : name.test(text))
  const missing = (name: string | RegExp) => expect.fail(`There is no ${String(name)} at ${at}: ${textOf(markup)}`)

  return {
    get at() {
      return at
    },
    get status() {
      return status
    },
    get markup() {
      return markup
    },
    get text() {
      return textOf(markup)
    },
    go: (path) => load(path),

    async press(name, values = {}) {
      const forms = [...markup.matchAll(/<form[^>]*>.*?<\/form>/gs)].map(([form]) => form)
      const form = forms.find((text) => matches(name, textOf(/<button.*?<\/button>/s.exec(text)?.[0] ?? '')))
      if (form === undefined) return missing(name)
      const fields = fieldsOf(form, values)
      const action = decode(attribute(/<form[^>]*>/.exec(form)?.[0] ?? '', 'action') ?? at)
      if (form.startsWith('<form method="post"')) return load(action, fields)
      await load(`${action}?${fields}`)
    },

    async follow(name) {
      const links = [...markup.matchAll(/<a [^>]*>.*?<\/a>/gs)].map(([link]) => link)
      const link = links.find((text) => matches(name, textOf(text)))
      if (link === undefined) return missing(name)
      await load(pathOf(decode(attribute(link, 'href') ?? '')))
    },

    valueOf: (id) => valueIn(markup, id),
  }
}

/** The value of the field of this id. */
export function valueIn(markup: string, id: string): string {
  return decode(attribute(new RegExp(`<input id="${id}"[^>]*>`).exec(markup)?.[0] ?? '', 'value') ?? '')
}

function fieldsOf(form: string, values: Values): URLSearchParams {
  const fields = new Map<string, string>()
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const isBox = input.includes('type="checkbox"')
    const value = decode(attribute(input, 'value') ?? '')
    if (!isBox || / checked/.test(input)) fields.set(decode(attribute(input, 'name') ?? ''), value)
  }
  for (const [select] of form.matchAll(/<select.*?<\/select>/gs)) {
    const chosen = /<option value="([^"]*)" selected/.exec(select) ?? /<option value="([^"]*)"/.exec(select)
    fields.set(attribute(select, 'name') ?? '', decode(chosen?.[1] ?? ''))
  }
  for (const [name, value] of Object.entries(values)) {
    expect(form).toContain(`name="${name}"`)
    if (value === false) fields.delete(name)
    else fields.set(name, value === true ? 'on' : value)
  }
  fields.delete('')
  return new URLSearchParams([...fields])
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
}

function textOf(markup: string): string {
  const shown = markup.replace(/<head>.*<\/head>/s, '').replace(/<[^>]+>/g, ' ')
  return decode(shown).replace(/\s+/g, ' ').trim()
}

function decode(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => signs[name] ?? '')
}
