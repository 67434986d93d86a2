import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { main } from '../src/index.ts'
import { place, sqliteAuth, terminalOf } from './sallyport.ts'

const here = place()

describe('the command line', () => {
  test('of the bin is that of `main`, and its exit code that of the process', async () => {
    const { terminal, texts } = terminalOf(here.folder)
    expect(await main(['frobnicate'], terminal)).toBe(2)
    const real = await here.run('frobnicate')
    expect([real.code, real.stderr]).toEqual([2, texts().stderr])
  })

  test.each([
    ['', 2],
    ['--help', 0],
    ['help', 0],
    ['migrate --help', 0],
    ['help migrate', 0],
  ])('%j says what there is, and loads nothing', async (line, code) => {
    const { terminal, texts } = terminalOf(here.folder)
    expect(await main(line.split(' ').filter(Boolean), terminal)).toBe(code)
    expect(texts().stdout).toMatch(/^Usage: sallyport .*--json/s)
  })

  test.each([
    ['secrt', 'There is no command "secrt".', 'did you mean `sallyport secret`?'],
    ['migrate statsu', 'There is no command "migrate statsu".', 'did you mean `sallyport migrate status`?'],
    ['migrate --dryrun', 'There is no option --dryrun here.', 'did you mean --dry-run?'],
    ['sessions revoke ann -x7Q', 'There is no option -x here.', 'write -- before an id that begins with -'],
    ['migrate --config', '--config needs a value.', 'write --config FILE'],
    ['migrate --dry-run=yes', '--dry-run takes no value.', 'write --dry-run alone'],
    ['migrate --json --json', '--json is given twice.', 'give it once'],
    ['secret now', '"now" is one word too many.', undefined],
    ['--json secret', 'The command comes first.', 'write `sallyport COMMAND [OPTIONS]`'],
    ['frobnicate', 'There is no command "frobnicate".', '`sallyport --help` lists them'],
  ])('%s: exit code 2, and what was meant', async (line, message, mend) => {
    const { terminal, texts } = terminalOf(here.folder)
    expect(await main(line.split(' '), terminal)).toBe(2)
    const { stdout, stderr } = texts()
    if (line.includes('--json')) expect(JSON.parse(stdout)).toEqual({ error: { message, mend } })
    else expect(stderr).toBe(`error: ${message}\n${mend === undefined ? '' : `  mend: ${mend}\n`}`)
  })
})

test.each([
  ['cli/bin/sallyport.js', 'npx sallyport'],
  ['create-sallyport/bin/create-sallyport.js', 'npm create sallyport'],
])('on a Node that is too old, %s says how to have another one', (bin, command) => {
  const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`
  const file = join(import.meta.dirname, '../..', bin)
  const { status, stderr } = spawnSync(process.execPath, ['--import', older, file], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([
    1,
    'error: This needs Node 22.18 or later, and is run by 20.20.2.\n' +
      `  mend: install Node 24, or have npx fetch it: npx -y -p node@24 -- ${command}\n`,
  ])
})

describe('the config module', () => {
  test('is missing: 1, and where it was looked for', async () => {
    const { code, stderr } = await here.run('migrate')
    expect(code).toBe(1)
    expect(stderr).toContain('none of auth.ts, ')
    expect(stderr).toContain('sallyport init')
  })

  test.each([
    ['refuses its settings', sqliteAuth(), '`secret` is missing: give at least 32 random bytes'],
    ['imports what is not installed', `import 'not-installed'`, 'npm install'],
    ['is no TypeScript that can be stripped', 'export enum Never { No }', 'leave out enums'],
    ['throws', `\n\nthrow new Error('out of order')`, 'auth.ts:3 fails: out of order'],
    ['exports no storage', 'export const auth = {}', 'exports no `storage`'],
  ])('%s', async (_, text, says) => {
    const { code, stderr } = await place({ 'auth.ts': text }).run('migrate', { env: { SALLYPORT_SECRET: '' } })
    expect(stderr).toContain(says)
    expect(code).toBe(1)
  })

  test('what it logs does not come into the document', async () => {
    const noisy = place({ 'auth.ts': `console.log('noise'); export const storage = { getWithOwner() {} }` })
    const outcome = await noisy.run('migrate --json')
    expect(outcome.json()).toEqual({ applied: [], pending: [] })
    expect(outcome.stderr).toContain('noise')
  })
})

test('a secret is 32 random bytes, each time others, that `createAuth` takes', async () => {
  const [one, other] = await Promise.all([here.run('secret'), here.run('secret --rotate --json')])
  expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
  const { secret, steps } = other.json<{ secret: string; steps: string[] }>()
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(secret).not.toBe(one.stdout.trim())
  expect(steps.join()).toContain('SALLYPORT_SECRET_BEFORE')
})
