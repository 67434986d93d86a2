import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { needsTest, requirements, untested } from '../scripts/asvs/requirements.ts'
import { titlesIn, titlesInSuites } from '../scripts/asvs/titles.ts'
import { root } from '../scripts/run.ts'

const proven = new Set(titlesInSuites().flatMap(({ ids }) => ids))
const ids = requirements.map(({ id }) => id)

describe('the rows of ASVS 5.0 that we answer for', () => {
  test('have a test, or a reason why there can be none', () => {
    const open = requirements.filter((row) => needsTest(row) && !proven.has(row.id) && untested[row.id] === undefined)
    expect(open.map(({ id, text }) => `${id}: ${text}`)).toEqual([])
    expect(requirements.length).toBeGreaterThan(140)
  })

  test('have a page that is there, where documentation is what is asked for', () => {
    for (const row of requirements.filter(({ who }) => who === 'DOC' || who === 'DEVIATION')) {
      expect([row.id, row.page !== undefined && existsSync(join(root, row.page))]).toEqual([row.id, true])
    }
  })

  test('are what titles name, each once', () => {
    expect(new Set(ids).size).toBe(ids.length)
    expect([...proven].filter((id) => !ids.includes(id))).toEqual([])
  })

  test('give no reason where there is a test, or no such row', () => {
    expect(Object.keys(untested).filter((id) => proven.has(id) || !ids.includes(id))).toEqual([])
  })
})

test('every way of naming a requirement in a title is read', () => {
  // Put together here, so that this suite proves nothing by these titles.
  const name = ['AS', 'VS'].join('')
  const read = titlesIn(
    `test('${name} 1.2.3: a')\ntest.each([['D1, ${name} 1.2.3, 1.2.4: b']])\n"${name} 1.2.3 to 1.2.5: it\\'s c"\n// ${name} 9.9.9\n'${name}: d'`,
  )
  expect(read.map((title) => title.ids)).toEqual([['1.2.3'], ['1.2.3', '1.2.4'], ['1.2.3', '1.2.4', '1.2.5']])
})
