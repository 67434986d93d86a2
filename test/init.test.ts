import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { main, type Terminal } from '@sallyport/cli'
import { afterAll, expect, test } from 'vitest'
import { root } from '../scripts/run.ts'

const folder = join(import.meta.dirname, 'projects')
const frameworks = ['express', 'koa', 'hono', 'fetch']
const stores = ['sqlite', 'postgres', 'mysql', 'redis', 'memory']

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what `sallyport init` writes compiles, for every framework on every store', async () => {
  mkdirSync(folder, { recursive: true })
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const terminal = { cwd: folder, stdin, stdout, stderr } as unknown as Terminal
  for (const framework of frameworks) {
    for (const store of stores) {
      const name = `${framework}-${store}`
      expect(await main(['init', name, '--framework', framework, '--store', store], terminal)).toBe(0)
    }
  }
  const config = { extends: '../../tsconfig.test.json', include: ['*/*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiled = promisify(execFile)('pnpm', ['exec', 'tsc', '-p', folder], { cwd: root })
  expect(await compiled.catch(({ stdout }: { stdout: string }) => ({ stdout }))).toMatchObject({ stdout: '' })
}, 60_000)
