export { linkPages } from './link-pages.ts'
export { type Pages, pages } from './pages.ts'
export type { Logo, PagesSettings, Theme } from './settings.ts'
export { type TextId, texts, type Texts, type TextTables } from './texts.ts'
