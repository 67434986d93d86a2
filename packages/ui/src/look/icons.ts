import { type Html, html, trusted } from '../html.ts'

/** Strokes on a field of 24 by 24. */
const strokes = {
  home: 'M4 11.5 12 4l8 7.5M6 10v9.5h12V10',
  devices: 'M3 5h13v9H3zM1.5 17.5H11M18 9h4v11h-6v-3',
  shield: 'M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6zM9 12l2.2 2.2L15.2 10',
  password: 'M4.5 10.5h15v9h-15zM8 10.5V8a4 4 0 0 1 8 0v2.5M12 14v2',
  mail: 'M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  key: 'M14.5 9.5m-5 0a5 5 0 1 0 10 0 5 5 0 1 0-10 0M11 13l-7.5 7.5M6 18l2.5 2.5',
  list: 'M8.5 6h12M8.5 12h12M8.5 18h12M4 6h.5M4 12h.5M4 18h.5',
  users:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-5.5 6.5-5.5s6.5 1.9 6.5 5.5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 15c2.2.7 3.5 2.4 3.5 5',
  server: 'M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.5M7.5 16.5h.5',
  phone: 'M7 2.5h10v19H7zM10.5 18.5h3',
  lifebuoy:
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5.7 5.7l3.8 3.8M14.5 14.5l3.8 3.8M18.3 5.7l-3.8 3.8M9.5 14.5l-3.8 3.8',
  passkey:
    'M9 11a3.7 3.7 0 1 0 0-7.4A3.7 3.7 0 0 0 9 11zM2.5 20c0-3.6 2.9-5.8 6.5-5.8 1.2 0 2.3.2 3.2.7M17.5 9.5a2.8 2.8 0 0 1 1 5.4V20l-1.5 1.5-1.5-1.5v-5.1a2.8 2.8 0 0 1 2-5.4z',
  chevron: 'M9.5 6l6 6-6 6',
  back: 'M14.5 6l-6 6 6 6',
  warning: 'M12 4 2.5 20.500h19zM12 10v4.5M12 17.5v.2',
  done: 'M4.5 12.5l5 5 10-11',
} as const

/** The name of an icon. */
export type IconName = keyof typeof strokes

/** An icon that says nothing to who can't see it. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${trusted(strokes[name])}"/></svg>`
}

const gate = 'M3 28V8h2V5h3v3h2V5h3v3h6V5h3v3h2V5h3v3h2v20h-8v-7a5 5 0 0 0-10 0v7z'

/** The mark of a service that has no logo: a gate between two towers. */
export const mark: Html = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="${gate}"/></svg>`

/** The same as a picture for the tab of the browser. */
export const markAddress: string = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#6f82e8" d="${gate}"/></svg>`)}`
