import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { document } from '../src/reply.ts'

const policyOf = (nonce: string) =>
  new Map(document(200, '', { nonce, pictures: [] }).headers).get('Content-Security-Policy') ?? ''

test('ASVS 3.4.3: a page runs what bears the nonce of this answer, and nothing else', () => {
  expect(policyOf('one')).toContain("default-src 'none'; script-src 'nonce-one'; style-src 'nonce-one'")
  expect(policyOf('one')).toContain("base-uri 'none'")
  expect(policyOf('one')).not.toMatch(/unsafe|\*|http/)
})

test('ASVS 3.4.6: no page is shown in a frame', () => {
  expect(policyOf('one')).toContain("frame-ancestors 'none'")
})

test('every page is made at this one place', () => {
  const src = join(import.meta.dirname, '../src')
  const makers = globSync('**/*.ts', { cwd: src }).filter((path) =>
    /'text\/html;/.test(readFileSync(join(src, path), 'utf8')),
  )
  expect(makers).toEqual(['reply.ts'])
})
