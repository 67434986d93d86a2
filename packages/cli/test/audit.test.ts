import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { password, running } from './application.ts'

const app = await running()
await app.auth.users.create({ username: 'ann', password })
await app.logIn('ann')

test('ASVS 16.4.2: an export is whole, a changed one is not, and another secret vouches for nothing', async () => {
  const exported = await app.run('audit export --out trail.jsonl --json')
  const { lines, events } = exported.json<{ lines: number; events: number }>()
  expect(lines).toBe(events + 2)
  const text = readFileSync(join(app.folder, 'trail.jsonl'), 'utf8')
  expect(text).toContain('login.succeeded')
  const whole = await app.run('audit verify trail.jsonl')
  expect([whole.code, whole.stdout]).toEqual([
    0,
    `The export is whole: ${events} events, and its head and checkpoints.\n`,
  ])
  expect((await app.run('audit export --out again.jsonl')).stdout).toBe(
    `${events} events are in again.jsonl. The other 2 of its ${lines} lines are its head and checkpoints.\n`,
  )

  const changed = await app.run('audit verify - --json', { stdin: text.replace('login.succeeded', 'login.failed') })
  expect(changed.code).toBe(1)
  expect(changed.json()).toMatchObject({ ok: false, faults: [{ kind: 'changed' }] })
  const other = await app.run('audit verify trail.jsonl --secret-env OTHER', {
    env: { OTHER: 'Zq'.repeat(4) + 'kW9mXc2VbN7tLp4RsY6hJd3F' },
  })
  expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('unknown_secret')])
})

test('an export goes to the standard output, and never over a file that is there', async () => {
  const [, file] = [app.write('kept.jsonl', 'kept'), await app.run('audit export --out kept.jsonl')]
  expect([file.code, readFileSync(join(app.folder, 'kept.jsonl'), 'utf8')]).toEqual([1, 'kept'])
  const { stdout } = await app.run('audit export --user ann')
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[2])).toEqual([
    'export',
    'event',
    'event',
    'checkpoint',
  ])
})

test('without a secret it says where it looked', async () => {
  const { code, stderr } = await app.run('audit verify - --secret-env NONE')
  expect([code, stderr]).toEqual([1, expect.stringContaining('There is no secret in NONE.')])
})
