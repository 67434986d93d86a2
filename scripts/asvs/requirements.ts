import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A row of ASVS 5.0 that this library answers for. */
export interface Requirement {
  readonly id: string
  readonly chapter: string
  readonly level: string
  /** `LIB`, the library alone; `LIB+APP`, with a safe default; `DOC`, by documentation. */
  readonly who: string
  /** In our words. */
  readonly text: string
  /** Where it is documented. */
  readonly page?: string
}

/** Every row, in the order of its chapters. */
export const requirements: readonly Requirement[] = read('requirements')

/** Rows that no test can prove, each with its reason. */
export const untested: Readonly<Record<string, string>> = read('untested')

/** Whether a row needs a test: what documentation alone can do needs a page. */
export function needsTest({ who }: Requirement): boolean {
  return who.startsWith('LIB')
}

function read<Data>(name: string): Data {
  return JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8')) as Data
}
