import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedPages } from '../scripts/docs/pages.ts'
import { root } from '../scripts/run.ts'

test.each(Object.entries(generatedPages))('%s is as it is generated: `npm run docs` writes it anew', (path, page) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(page())
})
