import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands above a generated table. */
export function prose(name: string): string {
  return readFileSync(join(import.meta.dirname, `${name}.md`), 'utf8').trim()
}
