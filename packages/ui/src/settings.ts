import { type Auth, AuthError } from '@sallyport/core'
import type { TextTables } from './texts.ts'

/** How the pages look and where they are. Every setting may be left out. */
export interface PagesSettings {
  /** Where the pages are: `/account` by default. */
  readonly path?: string
  /** The same as it is seen from outside, when something in front changes it: `path` by default. */
  readonly publicPath?: string
  /** What the service is called: the host of `origin` by default. */
  readonly service?: string
  /** A picture in place of the mark: its address, on our origin or on https elsewhere. */
  readonly logo?: Logo | string
  /** Where whoever has logged in goes, and what the logo leads to: the overview of the account by default. */
  readonly home?: string
  /** CSS variables in place of ours, without their `--sp-`; see the package's README for their names. */
  readonly theme?: Theme
  /** The same in the dark, where they differ. */
  readonly darkTheme?: Theme
  /** A stylesheet of your own that comes after ours, on our origin. */
  readonly stylesheet?: string
  /** Texts by language, as in `{ de: { 'log-in': 'Anmelden' } }`. What is missing is English. */
  readonly texts?: TextTables
}

/** A picture, and another one for the dark. */
export interface Logo {
  readonly src: string
  readonly dark?: string
}

/** CSS variables by name. */
export type Theme = Readonly<Record<string, string>>

/** The settings, checked and complete. */
export interface Look {
  readonly path: string
  readonly base: string
  readonly service: string
  readonly logo: Logo | undefined
  readonly home: string
  readonly theme: Theme
  readonly darkTheme: Theme
  readonly stylesheet: string | undefined
  readonly texts: TextTables
}

const names = new Set(['path', 'publicPath', 'service', 'logo', 'home', 'theme', 'darkTheme', 'stylesheet', 'texts'])

/** What a caller without types may have passed. Throws `invalid_setting`. */
export function assertAuth(auth: Partial<Auth> | undefined): void {
  if (typeof auth?.visit === 'function' && auth.features !== undefined) return
  throw new AuthError('invalid_setting', {
    detail: '`pages` was given no auth: give it what `createAuth` returned.',
  })
}

/** Checks the settings. Throws `invalid_setting`, with its mend. */
export function checkLook(settings: PagesSettings, origin: string): Look {
  for (const name of Object.keys(settings)) {
    if (names.has(name)) continue
    const detail = `\`${name}\` is no setting of the pages: there are ${[...names].join(', ')}.`
    throw new AuthError('invalid_setting', { detail })
  }
  const { path = '/account', theme = {}, darkTheme = {}, texts = {}, stylesheet } = settings
  const { publicPath = path, service = new URL(origin).host, home = publicPath } = settings
  for (const [name, value] of Object.entries({ path, publicPath })) {
    if (!/^(?:\/[\w.~-]+)+$/.test(value)) throw invalid(name, value, 'give a path as in "/account"')
  }
  const logo = typeof settings.logo === 'string' ? { src: settings.logo } : settings.logo
  for (const src of [logo?.src, logo?.dark]) checkAddress('logo', src, /^(?:\/(?!\/)|https:\/\/)[^\s"'<>;,]+$/)
  checkAddress('home', home, /^\/(?![/\\])[^\s"'<>]*$/)
  checkAddress('stylesheet', stylesheet, /^\/(?![/\\])[^\s"'<>;,]+$/)
  for (const [name, value] of [...Object.entries(theme), ...Object.entries(darkTheme)]) {
    if (/^[a-z][a-z-]*$/.test(name) && /^[\w#%(),.\s/"'+*-]+$/.test(value)) continue
    throw invalid('theme', `${name}: ${value}`, 'give names as in "accent" and values as in "#3b4fc4"')
  }
  return { path, base: publicPath, service, logo, home, theme, darkTheme, stylesheet, texts }
}

function checkAddress(name: string, value: string | undefined, shape: RegExp): void {
  if (value !== undefined && !shape.test(value)) throw invalid(name, value, 'give a path on our origin')
}

function invalid(name: string, value: string, mend: string): AuthError {
  return new AuthError('invalid_setting', { detail: `\`${name}\` is ${JSON.stringify(value)}: ${mend}.` })
}
