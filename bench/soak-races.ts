import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/run.ts'

const rounds = 200

interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/**
 * Every race of the storage contract on every store, 200 rounds each in random order of arrival, over several handles;
 * and processes of their own that want the same things. A second winner is a failure.
 */
export async function soakRaces(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-soak-'))
  const file = join(folder, 'races.json')
  const vitest = join(createRequire(join(root, 'package.json')).resolve('vitest/package.json'), '../vitest.mjs')
  const files = ['memory', 'sql', 'redis'].map((name) => `packages/storage-${name}/test/`)
  const args = ['run', ...files, '-t', 'race: |D1', '--reporter=json', `--outputFile=${file}`]
  const child = spawn(process.execPath, [vitest, ...args, '--testTimeout=900000'], {
    cwd: root,
    env: { ...process.env, CONTRACT_ROUNDS: String(rounds) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await once(child, 'exit')
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Results
  rmSync(folder, { recursive: true })

  const stores = new Map<string, { passed: number; failed: number }>()
  for (const { title, status, ancestorTitles, failureMessages } of testResults.flatMap(
    (each) => each.assertionResults,
  )) {
    if (status !== 'passed' && status !== 'failed') continue
    const store = ancestorTitles.join(', ')
    const tally = stores.get(store) ?? { passed: 0, failed: 0 }
    stores.set(store, tally)
    tally[status]++
    if (status === 'failed') console.error(`${store} > ${title}: ${failureMessages[0] ?? ''}`)
  }
  console.log(
    `\n### Races, ${rounds} rounds each\n\n| store | kinds of race | with a second winner |\n| --- | --- | --- |`,
  )
  for (const [store, { passed, failed }] of stores) console.log(`| ${store} | ${passed + failed} | ${failed} |`)
  return [...stores.values()].every(({ failed }) => failed === 0)
}
