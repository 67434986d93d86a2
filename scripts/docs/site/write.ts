import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../../run.ts'
import { languageModelTexts } from './llms.ts'
import { openApiPage, openApiText } from './openapi-page.ts'
import { sitePages } from './pages.ts'
import { referencePages } from './reference.ts'

const folder = join(root, 'docs/.site')

/** Puts the site together in `docs/.site`, from the pages of the repository and the declarations of the built packages. */
export function writeSite({ mayBePartial }: { readonly mayBePartial: boolean }): void {
  if (!mayBePartial) rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'docs/images'), join(folder, 'images'), { recursive: true })
  const reference = [openApiPage(), ...referencePages(mayBePartial)]
  const pages = [...sitePages(), ...reference].map(({ path, text }) => [path, text] as const)
  // Beside the site, each page is there as it is written: what llms.txt lists.
  const texts = [...pages, ...Object.entries(languageModelTexts(reference)), ['openapi.json', openApiText()] as const]
  for (const [path, text] of pages) write(path, text)
  for (const [path, text] of texts) write(join('public', path), text)
}

function write(path: string, text: string): void {
  const file = join(folder, path)
  // What is served is watched: a page that stays as it is must not seem to be another.
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
