import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the types are those of Express 4 as well, where those are installed', async () => {
  const compiled = promisify(execFile)('pnpm', [
    'exec',
    'tsc',
    '-p',
    join(import.meta.dirname, 'express4'),
    '--listFiles',
  ])
  const { stdout } = await compiled.catch((error: { stdout: string }) => error)
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => line.startsWith('packages/express/'))).toEqual([])
  const types = lines.filter((line) => line.includes('/@types/express/'))
  expect(types).toEqual([expect.stringContaining('@types+express@4.')])
})
