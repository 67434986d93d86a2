const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Markup that is known to be safe: made by `html` alone, or by `trusted` from what no user has written. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** What may stand in a template: `undefined`, `null` and `false` leave nothing behind. */
export type Content = Html | string | number | false | null | undefined | readonly Content[]

/**
 * Markup with values in it. Every value is escaped, for text and for quoted attributes alike, but for what `html` itself
 * has made.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const [first = '', ...rest] = parts
  return new Html(rest.reduce((text, part, i) => text + render(values[i]) + part, first))
}

/** Text as markup without escaping it. For constants of this package, and never for what anybody has typed or sent. */
export function trusted(text: string): Html {
  return new Html(text)
}

/** Text as markup that shows it. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? '')
}

function render(content: Content): string {
  if (content === undefined || content === null || content === false) return ''
  if (content instanceof Html) return content.toString()
  if (Array.isArray(content)) return content.map(render).join('')
  return escape(String(content))
}
