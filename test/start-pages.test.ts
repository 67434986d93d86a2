import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../scripts/run.ts'

test.each(['express', 'koa', 'hono', 'fetch'])(
  'the first page on %s does what it says',
  async (name) => {
    const page = readFileSync(join(root, `docs/start/${name}.md`), 'utf8')
    const code = /^```ts server\.ts\n(.*?)^```$/ms.exec(page)?.[1] ?? ''
    const [, command = ''] = /^(node .* server\.ts)$/m.exec(page) ?? []
    expect(page).toContain(`On an older Node let npx bring a newer one: \`npx -y -p node@24 ${command}\``)
    const port = await freePort()
    const origin = `http://localhost:${port}`
    mkdirSync(join(import.meta.dirname, 'projects'), { recursive: true })
    const folder = mkdtempSync(join(import.meta.dirname, 'projects', `start-${name}-`))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'server.ts'), code.replaceAll('3000', String(port)))
    const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning']
    const env = { ...process.env, NODE_OPTIONS: '', SALLYPORT_SECRET: 'Yh3nXw0pKq7TzB5mUe9RsL2vGc8DfJ4a' }
    const server = spawn(process.execPath, [...flags, 'server.ts'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const announced = once(server.stdout, 'data')
    onTestFinished(async () => {
      server.kill()
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    })
    while ((await fetch(`${origin}/documents/7`).catch(() => undefined)) === undefined) {
      if (server.exitCode !== null) throw new Error(`The server of docs/start/${name}.md has ended.`)
      await wait(50)
    }

    const login = await fetch(`${origin}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', password: 'a brass engine counts', returnToken: true }),
    })
    const { token } = (await login.json()) as { token: string }
    const [first, enrolment, admitted, refused, account] = await Promise.all([
      fetch(origin),
      fetch(`${origin}/auth/factors/totp?token=${token}`, { method: 'POST' }),
      fetch(`${origin}/documents/7?token=${token}`),
      fetch(`${origin}/documents/7`),
      fetch(`${origin}/account`, { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } }),
    ])
    expect(String(await announced)).toContain(`Listening on ${origin}`)
    expect(first.headers.get('content-type')).toContain('text/html')
    expect(await first.text()).toMatch(/href="\/documents\/7".*href="\/account"/)
    expect(await enrolment.json()).toMatchObject({ secret: expect.any(String), qr: expect.any(String) })
    expect(await admitted.json()).toEqual({ id: '7', reader: 'ada' })
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'unauthenticated' }])
    expect([account.status, account.url]).toEqual([200, `${origin}/account/log-in?return=%2Faccount`])
  },
  30_000,
)

test.each(['express', 'koa', 'hono', 'fetch'])(
  'the first page on %s installs what it imports, from a clone too',
  (name) => {
    const page = readFileSync(join(root, `docs/start/${name}.md`), 'utf8')
    const imported = [...page.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)(?:\/\w+)?'/g)].map(([, from = '']) => from)
    const needed = [...new Set(imported)].filter((from) => from !== 'node').sort()
    const [fromRegistry, fromClone] = [...page.matchAll(/^npm install (.+)$/gm)].map(([, words = '']) => words)
    expect(fromRegistry?.split(' ').sort()).toEqual(needed)
    const packed = fromClone?.replace(/<clone>\/tarballs\/sallyport-\{(.+)\}-\*\.tgz/, (_, names: string) =>
      names.replaceAll(/[^,]+/g, '@sallyport/$&').replaceAll(',', ' '),
    )
    expect(packed?.split(' ').sort()).toEqual(needed)
  },
)

async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}
