import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, describe, expect, test } from 'vitest'
import { main } from '../src/index.ts'
import { frameworks, stores } from '../src/init/choices.ts'
import { projectOf } from '../src/init/project.ts'
import { version } from '../src/version.ts'
import { terminalOf } from './sallyport.ts'

interface Document {
  readonly framework: string
  readonly store: string
  readonly written: readonly string[]
  readonly extended: readonly string[]
  readonly kept: readonly string[]
  readonly next: readonly string[]
}

function emptyFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-init-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** Runs `init` in this process; with answers at a terminal, one after each question. */
async function init(cwd: string, line: string, answers?: readonly string[]) {
  const { terminal, texts } = terminalOf(cwd)
  const { stdin, stderr } = terminal as unknown as { stdin: PassThrough & { isTTY?: boolean }; stderr: PassThrough }
  const left = [...(answers ?? [])]
  if (answers !== undefined) stdin.isTTY = true
  let asked = ''
  stderr.on('data', (data: Buffer) => {
    asked += data.toString()
    if (data.toString().endsWith('] '))
      setImmediate(() => (left.length > 0 ? stdin.write(`${left.shift()}\n`) : stdin.end()))
  })
  const code = await main(['init', ...line.split(' ').filter(Boolean)], terminal)
  return { code, asked, stdout: texts().stdout }
}

describe('init', () => {
  test('writes a project, with a secret that is its owner’s alone, and says what is next', async () => {
    const folder = emptyFolder()
    const { code, stdout } = await init(folder, 'shop --framework koa --store postgres --json')
    const { written, next } = JSON.parse(stdout) as Document
    expect(code).toBe(0)
    expect(written).toEqual(['package.json', 'tsconfig.json', 'auth.ts', 'server.ts', '.env', '.gitignore'])
    expect(next).toEqual([
      'cd shop',
      'npm install',
      'npx sallyport migrate',
      'npx sallyport users create ada --role admin',
      'npm start',
    ])
    const read = (name: string) => readFileSync(join(folder, 'shop', name), 'utf8')
    expect(read('.env')).toMatch(/^SALLYPORT_SECRET=[\w-]{43}\nORIGIN=http:\/\/localhost:3000\nDATABASE_URL=postgres:/)
    expect(statSync(join(folder, 'shop/.env')).mode & 0o777).toBe(0o600)
    expect(read('.gitignore').split('\n')).toContain('.env')
    expect(JSON.parse(read('package.json'))).toMatchObject({ name: 'shop', private: true, type: 'module' })
  })

  test('says what npm’s 404 means, with what this project needs of us', async () => {
    const { stdout } = await init(emptyFolder(), 'shop --framework koa --store redis')
    expect(stdout).toMatch(/404 Not Found.*not in the registry yet.*npm run pack/)
    expect(stdout).toContain('npm install CLONE/tarballs/sallyport-{core,koa,storage-redis,ui,cli}-*.tgz')
  })

  test('replaces nothing unasked, adds the lines that are missing, and keeps the secret that is there', async () => {
    const files = {
      'package.json': '{ "type": "commonjs", "dependencies": { "hono": "4", "pg": "8" } }',
      'server.mts': 'mine',
      '.env': 'SALLYPORT_SECRET=kept',
      '.gitignore': '/node_modules/\n',
    }
    const folder = emptyFolder(files)
    const { stdout } = await init(folder, '--yes --json')
    const { framework, store, written, extended, kept, next } = JSON.parse(stdout) as Document
    expect([framework, store]).toEqual(['hono', 'postgres'])
    expect(written).toEqual(['tsconfig.json', 'auth.mts'])
    expect(kept).toEqual(['server.mts'])
    expect(extended).toEqual(['.env', '.gitignore'])
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    expect(read('package.json')).toBe(files['package.json'])
    expect(read('server.mts')).toBe('mine')
    expect(read('.env')).toMatch(/^SALLYPORT_SECRET=kept\nORIGIN=.*\nDATABASE_URL=/)
    expect(read('.gitignore')).toBe('/node_modules/\n.env\n')
    expect(next[0]).toMatch(/^npm install @hono\/node-server@\S+ @sallyport\/core@\^\d/)
    const again = JSON.parse((await init(folder, '--yes --json')).stdout) as Document
    expect([again.written, again.extended]).toEqual([[], []])
  })

  test('a file that gets a secret is closed to others first, and that is said', async () => {
    const folder = emptyFolder({ '.env': 'PORT=3000' })
    chmodSync(join(folder, '.env'), 0o644)
    const { stdout } = await init(folder, '--yes')
    expect(stdout).toMatch(/^closed +\.env, which others/m)
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    expect(JSON.parse((await init(folder, '--yes --json')).stdout)).toMatchObject({ closed: [] })
  })

  test('asks what you have, and before it replaces a file', async () => {
    const folder = emptyFolder({ 'server.ts': 'mine', 'auth.ts': 'mine' })
    const { code, asked } = await init(folder, '', ['kao', 'koa', '', 'n', 'y'])
    expect(code).toBe(0)
    expect(asked).toContain('Which framework? (express, koa, hono, fetch) [express] ')
    expect(asked).toContain('did you mean koa?')
    expect(asked).toContain('auth.ts is there. Replace it? [y/N] ')
    expect(readFileSync(join(folder, 'auth.ts'), 'utf8')).toBe('mine')
    expect(readFileSync(join(folder, 'server.ts'), 'utf8')).toContain("from '@sallyport/koa'")
  })

  test.each(['/proc/nope/shop', 'mine/shop'])('a folder that can not be made is named: %s', (folder) => {
    // In a process of its own, which is ended if it does not end.
    const node = ['--conditions=@sallyport/source', join(import.meta.dirname, '../bin/sallyport.js')]
    const options = { cwd: emptyFolder({ mine: '' }), encoding: 'utf8', timeout: 20_000 } as const
    const { status, stderr } = spawnSync(process.execPath, [...node, 'init', folder, '--yes'], options)
    expect([status, stderr]).toEqual([1, expect.stringMatching(/can't be made \(.*\)\.\n {2}mend: name a folder/)])
  })

  test.each([
    ['auth.ts', '--yes'],
    ['.env', '--yes'],
    ['.gitignore', '--yes'],
    ['auth.ts', '--yes --force'],
  ])('nothing is written through a symbolic link: %s with %s', async (name, options) => {
    const [folder, elsewhere] = [emptyFolder(), emptyFolder()]
    const target = join(elsewhere, 'theirs')
    if (options.includes('force')) writeFileSync(target, 'theirs')
    symlinkSync(target, join(folder, name))
    const { code, asked } = await init(folder, options)
    expect([code, asked]).toEqual([1, expect.stringContaining(`${name} is a symbolic link`)])
    expect(readdirSync(folder)).toEqual([name])
    if (options.includes('force')) expect(readFileSync(target, 'utf8')).toBe('theirs')
    else expect(existsSync(target)).toBe(false)
  })

  test('a link that has nothing to be written through stays', async () => {
    const [folder, elsewhere] = [
      emptyFolder(),
      emptyFolder({ 'tsconfig.json': '{}', ignored: 'node_modules\n.env\n*.sqlite\n*.sqlite-*\n' }),
    ]
    symlinkSync(join(elsewhere, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    symlinkSync(join(elsewhere, 'ignored'), join(folder, '.gitignore'))
    expect(JSON.parse((await init(folder, '--yes --json')).stdout)).toMatchObject({
      kept: ['tsconfig.json', '.gitignore'],
    })
  })

  test.each(['.env', '.gitignore'])('%s that is a folder is said before anything is written', async (name) => {
    const folder = emptyFolder()
    mkdirSync(join(folder, name))
    const { code, asked } = await init(folder, '--yes')
    expect([code, asked]).toEqual([1, expect.stringMatching(/ is no file\.\n {2}mend: /)])
    expect(readdirSync(folder)).toEqual([name])
  })

  test.each(['null', '[]', '"shop"'])('a package.json that is %s is no manifest', async (text) => {
    const { code, asked } = await init(emptyFolder({ 'package.json': text }), '--yes')
    expect([code, asked]).toEqual([2, expect.stringContaining('package.json is no JSON object.')])
  })

  test('whoever leaves in the midst of it has nothing written', async () => {
    const folder = emptyFolder()
    const { code, asked } = await init(folder, '', ['koa'])
    expect([code, asked]).toEqual([1, expect.stringContaining('Nothing was done')])
    expect(() => statSync(join(folder, 'auth.ts'))).toThrow('ENOENT')
  })

  test.each([
    ['', 'There is no terminal to ask at.\n  mend: give --framework and --store, or --yes'],
    ['--framework expres --store sqlite', 'did you mean express?'],
  ])('with nobody to ask, %j is a wrong command line', async (line, mend) => {
    const { code, asked } = await init(emptyFolder(), line)
    expect([code, asked]).toEqual([2, expect.stringContaining(mend)])
  })
})

test('the versions that a project asks for are those that Sallyport is tested with', () => {
  const folders = [
    'packages/express',
    'packages/koa',
    'packages/hono',
    'packages/storage-sql',
    'packages/storage-redis',
    'examples/koa',
  ]
  const tested = folders.map((folder) => {
    const path = join(import.meta.dirname, '../../..', folder, 'package.json')
    return JSON.parse(readFileSync(path, 'utf8')) as { devDependencies?: object; dependencies?: object }
  })
  const known: Record<string, string> = Object.assign(
    {},
    ...tested.flatMap(({ dependencies, devDependencies }) => [dependencies, devDependencies]),
  )
  for (const framework of frameworks) {
    for (const store of stores) {
      const { dependencies, devDependencies } = projectOf('x', { framework, store }, undefined)
      for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (name.startsWith('@sallyport/')) expect([name, range]).toEqual([name, `^${version()}`])
        else if (name !== 'typescript' && name !== '@types/node') expect([name, range]).toEqual([name, known[name]])
      }
    }
  }
})
