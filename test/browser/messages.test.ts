import { join } from 'node:path'
import { refusals } from '@sallyport/core'
import { expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'

interface Messages {
  readonly messages: Readonly<Record<string, string>>
  messageOf(problem: { code: string; title?: string; detail?: string; retryAfterS?: number }): string
}

const { messages, messageOf } = (await import(join(root, 'examples/shared/page/lib/messages.js'))) as Messages

test('the page has a sentence for every code that the server may answer with', () => {
  const missing = Object.keys(refusals).filter((code) => !Object.hasOwn(messages, code))
  expect(missing).toEqual([])
  for (const message of Object.values(messages)) expect(message).toMatch(/^[A-Z].*\.$/)
})

test('how long to wait is said in a unit that people count in', () => {
  const wait = (retryAfterS: number) => messageOf({ code: 'unavailable', retryAfterS })
  expect(wait(1)).toMatch(/Please wait a second\.$/)
  expect(wait(30)).toMatch(/Please wait 30 seconds\.$/)
  expect(wait(60)).toMatch(/Please wait a minute\.$/)
  expect(wait(61)).toMatch(/Please wait 2 minutes\.$/)
})

test('what the server knows better is added, and an unknown code is still a sentence', () => {
  expect(messageOf({ code: 'password_refused', detail: 'It is too short.' })).toBe('It is too short.')
  expect(messageOf({ code: 'invalid_request', detail: '`name` is missing.' })).toMatch(/`name` is missing\.$/)
  expect(messageOf({ code: 'invalid_credentials', detail: 'x' })).not.toContain('x')
  expect(messageOf({ code: 'of_the_future', title: 'It is late.' })).toBe('It is late.')
  expect(messageOf({ code: 'of_the_future' })).toBe('Something went wrong.')
})
