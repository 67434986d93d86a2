import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with the line `N passed, N failed`, and names above it what was left out. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    let failed = errors.length
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
    process.once('exit', () => {
      for (const name of leftOut) process.stdout.write(`left out: ${name}\n`)
      process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
    })
  }
}
