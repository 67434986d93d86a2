import { expect, test } from 'vitest'
import { createBackground } from '../src/background.ts'
import { testClock } from './house.ts'

function setUp() {
  const clock = testClock()
  const errors: unknown[] = []
  const found: number[] = []
  let tidied = 0
  const tidy = async () => {
    tidied++
    return found.shift() ?? 0
  }
  const background = createBackground(clock, tidy, (error) => void errors.push(error))
  return { clock, errors, background, found, tidied: () => tidied }
}

test('a task runs after the present turn, and settled waits for it and for what it begins', async () => {
  const { background } = setUp()
  const done: string[] = []
  background.later(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    background.later(async () => void done.push('second'))
    done.push('first')
  })
  await Promise.resolve()
  expect(done).toEqual([])
  await background.settled()
  expect(done).toEqual(['first', 'second'])
})

test('ASVS 16.3.4: a failure is reported, and ends nothing else', async () => {
  const { background, errors } = setUp()
  background.later(() => Promise.reject(new Error('one')))
  background.later(() => {
    throw new Error('two')
  })
  let done = false
  background.later(async () => {
    done = true
  })
  await background.settled()
  expect(errors.map(String).sort()).toEqual(['Error: one', 'Error: two'])
  expect(done).toBe(true)
})

test('every ten minutes of work it tidies up, once', async () => {
  const { background, clock, tidied } = setUp()
  const work = () => background.later(async () => {})
  work()
  clock.advance(10 * 60_000 - 1)
  work()
  await background.settled()
  expect(tidied()).toBe(0)
  clock.advance(1)
  for (let i = 0; i < 5; i++) work()
  await background.settled()
  expect(tidied()).toBe(1)
  clock.advance(10 * 60_000)
  work()
  await background.settled()
  expect(tidied()).toBe(2)
})

test('as long as there is more than it does at a time it tidies up again soon, and no store grows for ever', async () => {
  const { background, clock, tidied, found } = setUp()
  found.push(1000, 1000, 999)
  clock.advance(10 * 60_000)
  const work = async () => {
    background.later(async () => {})
    await background.settled()
    return tidied()
  }
  expect([await work(), await work()]).toEqual([1, 1])
  clock.advance(5000)
  expect([await work(), await work()]).toEqual([2, 2])
  clock.advance(5000)
  expect(await work()).toBe(3)
  clock.advance(10 * 60_000 - 1)
  expect(await work()).toBe(3)
  clock.advance(1)
  expect(await work()).toBe(4)
})

test('a runtime that ends with the answer is handed what goes on after it', async () => {
  const handed: Promise<unknown>[] = []
  const errors: unknown[] = []
  const report = (error: unknown) => void errors.push(error)
  const background = createBackground(
    testClock(),
    async () => 0,
    report,
    (work) => void handed.push(work),
  )
  let done = false
  background.later(async () => void (done = true))
  background.later(() => Promise.reject(new Error('one')))
  expect([handed.length, done]).toEqual([2, false])
  await Promise.all(handed)
  expect([done, errors.length]).toEqual([true, 1])
})
