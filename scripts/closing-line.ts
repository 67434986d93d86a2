import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly leftOut: readonly string[]
}

/** Ends a run with the line `N passed, N failed`, or leaves the numbers to whoever asked for them in a file. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally = count(modules, errors.length)
    const file = process.env['SALLYPORT_TALLY']
    if (file) writeFileSync(file, JSON.stringify(tally))
    else process.once('exit', () => print(tally))
  }
}

function count(modules: readonly TestModule[], errors: number): Tally {
  let passed = 0
  let failed = errors
  const leftOut: string[] = []
  for (const module of modules) {
    const tests = [...module.children.allTests()]
    if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) failed++
    for (const test of tests) {
      const { state } = test.result()
      if (state === 'passed') passed++
      else if (state === 'failed') failed++
      else leftOut.push(`${module.relativeModuleId}: ${test.fullName}`)
    }
  }
  return { passed, failed, leftOut }
}

function print({ passed, failed, leftOut }: Tally): void {
  for (const name of leftOut) process.stdout.write(`left out: ${name}\n`)
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
}
