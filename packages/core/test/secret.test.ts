import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { secret } from '../src/secret.ts'

const canary = 'canary-8f1d'
const hidden = secret(canary)

test.each<[string, () => unknown]>([
  ['String', () => String(hidden)],
  ['a template', () => `${hidden.toString()}`],
  ['joining', () => [hidden].join(' ')],
  ['JSON', () => JSON.stringify({ hidden, list: [hidden] })],
  ['inspect', () => inspect(hidden)],
  ['inspect with everything', () => inspect({ hidden }, { showHidden: true, depth: 10, getters: true })],
  ['inspect that ignores what is custom', () => inspect(hidden, { customInspect: false, showHidden: true })],
  ['own members', () => JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(hidden)))],
  ['a copy', () => JSON.stringify({ ...hidden })],
  ['an error', () => inspect(new Error(String(hidden), { cause: hidden }))],
])('D20: %s does not show a secret', (_, show) => {
  expect(show()).not.toContain(canary)
})

test('D20: only reveal shows it, and what is made of it is as hidden', () => {
  expect(hidden.reveal()).toBe(canary)
  const link = hidden.map((text) => `https://example.com/?token=${text}`)
  expect(link.reveal()).toBe(`https://example.com/?token=${canary}`)
  expect(inspect(link)).toBe('[redacted]')
})
