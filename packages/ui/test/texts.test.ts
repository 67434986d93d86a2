import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventTexts } from '../src/texts/events.ts'

const source = readFileSync(join(import.meta.dirname, '../../core/src/events.ts'), 'utf8')

test('there is a text for each type of event, each act of an administrator, and nothing else', () => {
  const [, details = ''] = /export interface EventDetails \{\n([\s\S]*?)\n\}\n/.exec(source) ?? []
  const [, acts = ''] = /export type AdministrativeAct =\n([\s\S]*?)\n\n/.exec(source) ?? []
  const types = [...details.matchAll(/^ {2}'?([\w.]+)'?: /gm)].map(([, type]) => `event.${type}`)
  const done = [...acts.matchAll(/'(\w+)'/g)].map(([, act]) => `event.act.${act}`)
  expect([types.length, done.length].every((count) => count > 10)).toBe(true)
  expect(Object.keys(eventTexts).sort()).toEqual([...types, ...done, 'event.with'].sort())
})
