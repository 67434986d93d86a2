import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, pack, packageFolders } from '../scripts/packages.ts'
import { root } from '../scripts/run.ts'

const execute = promisify(execFile)
const oldestNode = '22.18.0'
const folder = mkdtempSync(join(tmpdir(), 'sallyport-packed-'))

/** What the projects of `sallyport init` import besides. */
const frameworks = ['express', 'koa', '@koa/router', 'hono', '@hono/node-server']

/** What an entry of ours needs, and whoever imports that entry has. */
const peers = ['@opentelemetry/api']

/** What is published, by the names that an application imports. */
const entries = packageFolders().flatMap((name) => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
  return Object.keys(manifest.publishConfig.exports).map((path) => manifest.name + path.slice(1))
})

interface Manifest {
  readonly name: string
  readonly publishConfig: { readonly exports: object }
}

const load = {
  import: ['--input-type=module', 'const load = (name) => import(name)'],
  require: ['--input-type=commonjs', 'const load = require'],
} as const

/** A server in CommonJS that asks itself without a token, for one, and with it. */
const commonJs = `
const { createServer } = require('node:http')
const { createAuth } = require('@sallyport/core')
const { memoryStorage } = require('@sallyport/storage-memory')
const framework = process.argv[2]
const { protect, sallyport } = require('@sallyport/' + framework)
const auth = createAuth({
  origin: 'http://localhost:3000', secret: require('node:crypto').randomBytes(48).toString('base64'), storage: memoryStorage(),
})
const listeners = {
  express() {
    const app = require('express')()
    return app.use(sallyport(auth)).get('/reader', protect(), (req, res) => void res.json(req.auth.user.username))
  },
  koa() {
    const app = new (require('koa'))()
    app.use(sallyport(auth)).use(protect()).use((ctx) => void (ctx.body = JSON.stringify(ctx.state.auth.user.username)))
    return app.callback()
  },
  hono() {
    const app = new (require('hono').Hono)()
    app.use(sallyport(auth)).get('/reader', protect(), (c) => c.json(c.get('auth').user.username))
    return require('@hono/node-server').getRequestListener(app.fetch)
  },
}
const server = createServer(listeners[framework]()).listen(0, async () => {
  await auth.users.create({ username: 'ada', password: 'a brass engine counts' })
  const origin = 'http://localhost:' + server.address().port
  const body = JSON.stringify({ username: 'ada', password: 'a brass engine counts', returnToken: true })
  const refused = await fetch(origin + '/reader')
  const loggedIn = await fetch(origin + '/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const reader = await (await fetch(origin + '/reader?token=' + (await loggedIn.json()).token)).json()
  console.log(JSON.stringify({ refused: refused.status, loggedIn: loggedIn.status, reader }))
  process.exit()
})
`

/** The names that each entry exports, as a fresh process sees them. */
async function exportsSeenBy(node: string, how: keyof typeof load): Promise<unknown> {
  const [type, loader] = load[how]
  const code = `${loader}
    const see = async () => {
      const seen = {}
      for (const entry of process.argv.slice(1)) seen[entry] = Object.keys(await load(entry)).sort()
      process.stdout.write(JSON.stringify(seen))
    }
    see()`
  const { stdout, stderr } = await execute(node, [type, '-e', code, ...entries], { cwd: folder })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The answer of a server that may still be starting. */
async function eventually(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

beforeAll(async () => {
  const built = process.env['SALLYPORT_BUILT'] ? { ok: true, output: '' } : await build()
  if (!built.ok) throw new Error(built.output)
  const { ok, output, tarballs } = await pack()
  if (!ok) throw new Error(output)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  await execute('npm', ['install', ...quiet, ...tarballs, ...frameworks, ...peers], { cwd: folder })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed packages, installed with npm outside of the repository', () => {
  test.each(Object.keys(load) as (keyof typeof load)[])('every entry loads with %s', async (how) => {
    const seen = await exportsSeenBy(process.execPath, how)
    expect(Object.keys(seen as object)).toEqual(entries)
    expect(entries.length).toBeGreaterThanOrEqual(packageFolders().length)
    for (const names of Object.values(seen as Record<string, string[]>)) expect(names).not.toEqual([])
  })

  test(`every entry loads in both ways on the oldest Node.js that we promise, ${oldestNode}`, async () => {
    const where = ['--yes', '--quiet', '-p', `node@${oldestNode}`, '--', 'node', '-p', 'process.execPath']
    const { stdout } = await execute('npx', where, { cwd: folder })
    const [imported, required] = [
      await exportsSeenBy(stdout.trim(), 'import'),
      await exportsSeenBy(stdout.trim(), 'require'),
    ]
    expect(imported).toEqual(required)
    expect(imported).toEqual(await exportsSeenBy(process.execPath, 'import'))
  }, 120_000)

  test('the lines of the README make a server that logs in and protects', async () => {
    const [, lines = ''] = /^```ts server\.ts\n(.*?)^```$/ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
    const port = await freePort()
    writeFileSync(join(folder, 'server.ts'), lines.replaceAll('3000', String(port)))
    const env = { ...process.env, SALLYPORT_SECRET: randomBytes(48).toString('base64') }
    const server = spawn(process.execPath, ['server.ts'], { cwd: folder, env, stdio: 'inherit' })
    try {
      const origin = `http://localhost:${port}`
      const body = JSON.stringify({ username: 'ada', password: 'a brass engine counts', returnToken: true })
      const headers = { 'content-type': 'application/json' }
      const login = await eventually(() => fetch(`${origin}/auth/login`, { method: 'POST', headers, body }))
      const { token } = (await login.json()) as { token: string }
      const document = await fetch(`${origin}/documents/7?token=${token}`)
      expect(await document.json()).toEqual({ id: '7', reader: 'ada' })
      expect((await fetch(`${origin}/documents/7`)).status).toBe(401)
    } finally {
      server.kill()
    }
  }, 30_000)

  test.each(['express', 'koa', 'hono'])(
    'from CommonJS a route of %s is protected, and the routes answer',
    async (name) => {
      const script = join(folder, 'common.cjs')
      writeFileSync(script, commonJs)
      const { stdout } = await execute(process.execPath, [script, name], { cwd: folder })
      expect(JSON.parse(stdout)).toEqual({ refused: 401, loggedIn: 200, reader: 'ada' })
    },
  )

  test('a missing secret stops the server with what to do', async () => {
    const env = { ...process.env, SALLYPORT_SECRET: '' }
    const started = execute(process.execPath, ['server.ts'], { cwd: folder, env })
    await expect(started).rejects.toThrow('`secret` is missing: give at least 32 random bytes')
  })
})

test('`npm create sallyport` is `sallyport init`', async () => {
  const words = ['create', 'sallyport', 'made', '--', '--framework', 'koa', '--store', 'memory', '--json']
  const { stdout } = await execute('npm', ['--silent', ...words], { cwd: folder })
  expect(JSON.parse(stdout)).toMatchObject({
    framework: 'koa',
    store: 'memory',
    written: expect.arrayContaining(['package.json', 'auth.ts', 'server.ts', '.env']),
  })
  const server = await execute(process.execPath, ['--check', 'server.ts'], { cwd: join(folder, 'made') })
  expect(server.stderr).toBe('')
}, 60_000)

describe.each(['express', 'koa', 'hono', 'fetch'])('`sallyport init` for %s, from the packed packages', (framework) => {
  const project = join(folder, framework)
  const sallyport = async (cwd: string, ...args: string[]) => {
    const { stdout } = await execute(join(folder, 'node_modules/.bin/sallyport'), [...args, '--json'], { cwd })
    return JSON.parse(stdout) as { readonly written: string[]; readonly invitation: { readonly link: string } }
  }

  test('gives a server in which an invited user chooses a password, logs in, and reads what they may', async () => {
    const { written } = await sallyport(folder, 'init', framework, '--framework', framework, '--store', 'sqlite')
    expect(written).toContain('server.ts')
    await sallyport(project, 'migrate')
    const { invitation } = await sallyport(project, 'users', 'create', 'ada', '--role', 'reader')
    const port = await freePort()
    const origin = `http://localhost:${port}`
    const env = { ...process.env, PORT: String(port), ORIGIN: origin }
    const server = spawn('npm', ['start', '--silent'], { cwd: project, env, stdio: 'inherit', detached: true })
    try {
      const page = await eventually(() => fetch(invitation.link.replace('http://localhost:3000', origin)))
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('password')])
      const [, token = ''] = /[?#&]\w+=([\w.-]+)$/.exec(invitation.link) ?? []
      const post = (path: string, body: object) =>
        fetch(`${origin}/auth${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      const password = 'a brass engine counts'
      expect((await post('/password/reset', { token, password })).status).toBe(204)
      const login = await post('/login', { username: 'ada', password, returnToken: true })
      const document = await fetch(`${origin}/documents/7?token=${((await login.json()) as { token: string }).token}`)
      expect(await document.json()).toEqual({ id: '7', reader: 'ada' })
      expect((await fetch(`${origin}/documents/7`)).status).toBe(401)
    } finally {
      process.kill(-(server.pid ?? 0))
    }
  }, 60_000)
})
