import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const sources = globSync('packages/*/src/**/*.ts', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))

/** The files in which something is called, each as often as it is. */
function callers(call: RegExp): readonly string[] {
  return sources.flatMap(({ path, text }) => [...text.matchAll(new RegExp(call, 'g'))].map(() => path))
}

test('ASVS 6.3.4: sessions are made at one place, behind policy', () => {
  expect(callers(/\bsessions\.start\(/)).toEqual(['packages/core/src/sign-in.ts'])
  expect(callers(/\.mint\('session'\)/)).toEqual(['packages/core/src/session.ts'])
  expect(callers(/collection<SessionData>\('session'/)).toEqual(['packages/core/src/session.ts'])
})

test('and a kind of entry has one writer', () => {
  const kinds = ['session', 'api-token', 'locked', 'url-token', 'device', 'enrolment', 'user']
  for (const kind of kinds) {
    expect([kind, callers(new RegExp(`collection<[^>]+>\\('${kind}'`)).length]).toEqual([kind, 1])
  }
})
