import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@sallyport/client'
import { generateSync } from 'otplib/functional'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { password, startServer } from './server.ts'

/** Runs the program with answers to what it asks, in their order. Resolves to what it printed. */
async function run(folder: string, answers: readonly string[]): Promise<string> {
  const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
  const program = spawn(process.execPath, [...flags, 'program.ts'], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const left = [...answers]
  let printed = ''
  program.stdout.on('data', (chunk) => {
    printed += String(chunk)
    if (printed.endsWith(': ')) program.stdin.write(`${left.shift()}\n`)
  })
  const [code] = await once(program, 'close')
  expect([code, left]).toEqual([0, []])
  return printed
}

test('the program of docs/client.md logs in by two doors, and by the token that it has kept the next time', async () => {
  const there = await startServer()
  mkdirSync(join(root, 'test/projects'), { recursive: true })
  const folder = mkdtempSync(join(root, 'test/projects/program-'))
  onTestFinished(() => {
    there.server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const page = readFileSync(join(root, 'docs/client.md'), 'utf8')
  const code = /^```ts program\.ts\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
  writeFileSync(join(folder, 'program.ts'), code.replaceAll('http://localhost:3000', there.origin))

  const client = createClient({ url: `${there.origin}/auth`, token: { by: 'query' } })
  await client.logIn({ username: 'ada', password })
  const { secret } = await client.call('POST /factors/totp')
  const epoch = Math.floor(Date.now() / 1000)
  await client.call('POST /factors/totp/confirm', { body: { code: generateSync({ secret, epoch }) } })

  const next = generateSync({ secret, epoch: epoch + 30 })
  expect(await run(folder, ['ada', password, next])).toMatch(/unlocked 200 \{"id":"7"\}\n$/)
  expect(statSync(join(folder, '.session')).mode & 0o077).toBe(0)
  expect(await run(folder, [])).toBe('unlocked 200 {"id":"7"}\n')
  await client.call('POST /sessions/revoke-others')
  const later = generateSync({ secret, epoch: epoch + 60 })
  there.advance(30_000)
  expect(await run(folder, ['ada', password, later])).toContain('unlocked 200')
}, 30_000)
