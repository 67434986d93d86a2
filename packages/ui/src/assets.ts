import { createHash } from 'node:crypto'
import type { Reply } from '@sallyport/core'
import { script } from './look/script.ts'
import { styleOf } from './look/style.ts'
import { file } from './reply.ts'
import type { Site } from './request.ts'

/** The style and the script of the pages, each under an address that changes with its content. */
export interface Assets {
  readonly style: string
  readonly script: string
  /** The file under a path below the mount path. */
  find(path: string): Reply | undefined
}

/** The files of a site. */
export function createAssets(site: Site): Assets {
  const style = styleOf(site)
  const paths = { style: named('style', style, 'css'), script: named('script', script, 'js') }
  const files = new Map([
    [paths.style, file('text/css', style)],
    [paths.script, file('text/javascript', script)],
  ])
  return { style: site.url(paths.style), script: site.url(paths.script), find: (path) => files.get(path) }
}

function named(name: string, text: string, extension: string): string {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 12)
  return `/assets/${name}-${hash}.${extension}`
}
