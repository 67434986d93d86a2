import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { send } from './client.ts'

const execute = promisify(execFile)

describe('npm start', () => {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-start-'))
  const tool = join(root, 'scripts/tool.mjs')
  const child = spawn(process.execPath, [tool, 'demo'], { env: { ...process.env, PORT: '0', DATA: data } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))

  beforeAll(async () => {
    for await (const _ of child.stdout) if (output.includes('Only this machine')) break
  }, 60_000)
  afterAll(() => {
    child.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
  })

  test('says first where it listens, in one line that ends in the address', async () => {
    expect(output).toMatch(/^Sallyport on Express: http:\/\/localhost:\d+\n/)
    expect(output.match(/https?:\/\/\S+$/gm)).toHaveLength(1)
    expect((await send(addressOf(output), 'GET', '/')).status).toBe(200)
  })

  test('names a demo user whose password works', async () => {
    const [, username, password] = /^ {2}(\S+) +(\S.*\S) +\(admin\)$/m.exec(output) ?? []
    const { status, json } = await send(addressOf(output), 'POST', '/auth/login', { body: { username, password } })
    expect([status, json.status]).toEqual([200, 'unlocked'])
  })

  test('runs an OpenID provider beside it, to which a log-in leads', async () => {
    const { headers } = await send(addressOf(output), 'GET', '/auth/login/local')
    const question = await fetch(headers.get('location') ?? '', { redirect: 'manual' })
    expect(question.status).toBe(303)
    expect(new URL(question.url).port).not.toBe(new URL(addressOf(output)).port)
    expect(output).toMatch(/“Local provider” needs no account/)
  })

  test('prints a curl line that works as it is printed', async () => {
    const line = /^ +(curl .*)$/m.exec(output)?.[1] ?? ''
    const { stdout } = await execute('sh', ['-c', line])
    expect(JSON.parse(stdout)).toMatchObject({ id: '1', title: 'The sally port' })
  })

  test('passes SIGTERM on, and ends when the example has ended', async () => {
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(0)
    await expect(send(addressOf(output), 'GET', '/public')).rejects.toThrow('fetch failed')
  })
})

describe('npm run example', () => {
  test('says which examples there are', async () => {
    const tool = join(root, 'scripts/tool.mjs')
    const outcome = await execute(process.execPath, [tool, 'example', 'no-such']).catch((error: object) => error)
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/Which example\? There are: express/) })
  })
})

function addressOf(text: string): string {
  return /(http\S+)$/m.exec(text)?.[1] ?? ''
}
