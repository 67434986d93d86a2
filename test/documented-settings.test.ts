import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nestedNames, settingNames } from '../packages/core/src/known-settings.ts'
import { root } from '../scripts/run.ts'

test('the page of settings is the table of settings', () => {
  const page = readFileSync(join(root, 'docs/settings.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name]) => name)
  const nested = Object.entries(nestedNames).flatMap(([path, names]) =>
    Object.keys(names).map((name) => `${path}.${name}`),
  )
  expect(rows.sort()).toEqual([...new Set([...Object.keys(settingNames), ...nested])].sort())
})

test('within a table they stand as in the type of settings', () => {
  const page = readFileSync(join(root, 'docs/settings.md'), 'utf8')
  const order = Object.keys(settingNames)
  for (const section of page.split(/^## /m)) {
    const names = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)
    expect(names).toEqual(names.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)))
  }
})
