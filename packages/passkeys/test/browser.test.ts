import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { argon2Hasher, createAuth } from '@sallyport/core'
import { visitNode } from '@sallyport/core/node'
import { memoryStorage } from '@sallyport/storage-memory'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { passkeys } from '../src/index.ts'
import { password } from './house.ts'

const program = await serverUrl('chromium')
const library = readFileSync(
  createRequire(import.meta.url)
    .resolve('@simplewebauthn/browser')
    .replace(/script.*/, 'dist/bundle/index.umd.min.js'),
  'utf8',
)

let server: Server
let browser: Browser
let page: Page

/** An application with a page that does nothing by itself. */
async function start(): Promise<string> {
  server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const auth = createAuth({
    origin,
    secret: 'a secret that is long enough and 0123456789 for tests',
    storage: memoryStorage(),
    factors: [passkeys()],
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
  })
  await auth.users.create({ username: 'ada', password })
  server.on('request', async (req, res) => {
    const visit = await visitNode(auth, req, res)
    if (visit !== undefined) res.setHeader('Content-Type', 'text/html').end('<!doctype html><title>passkeys</title>')
  })
  return origin
}

beforeAll(async () => {
  if (program === undefined) return
  const origin = await start()
  browser = await chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
  page = await browser.newPage()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(origin)
  await page.addScriptTag({ content: library })
}, 60_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
})

/** Posts from the page, with the cookies of the browser. */
async function post(path: string, body: object = {}): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ([to, sent]) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`/auth${to}`, { method: 'POST', headers, body: JSON.stringify(sent) })
      return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)
    },
    [path, body] as const,
  )
}

/** What the browser makes of options. */
async function ceremony(name: 'startRegistration' | 'startAuthentication', optionsJSON: object): Promise<object> {
  return page.evaluate(
    async ([call, options]) => {
      const { SimpleWebAuthnBrowser } = globalThis as unknown as {
        SimpleWebAuthnBrowser: Record<string, (of: object) => Promise<object>>
      }
      return (await SimpleWebAuthnBrowser[call]?.({ optionsJSON: options })) ?? {}
    },
    [name, optionsJSON] as const,
  )
}

describe.skipIf(program === undefined)('a passkey in Chromium', () => {
  it('is registered, opens the second door, and logs in by itself', async () => {
    const credentials = { username: 'ada', password }
    expect((await post('/login', credentials))['status']).toBe('unlocked')
    const response = await ceremony('startRegistration', await post('/factors/passkeys/options'))
    expect((await post('/factors/passkeys', { name: 'Chromium', response }))['factor']).toMatchObject({
      name: 'Chromium',
    })
    await post('/logout')

    expect(await post('/login', credentials)).toMatchObject({ status: 'locked', factors: ['passkey'] })
    const asked = await post('/unlock/begin', { factor: 'passkey' })
    const proof = await ceremony('startAuthentication', asked)
    expect(await post('/unlock', { factor: 'passkey', response: proof })).toMatchObject({ status: 'unlocked' })
    await post('/logout')

    const alone = await ceremony('startAuthentication', await post('/login/passkey/options'))
    const result = await post('/login/passkey', { response: alone })
    expect(result).toMatchObject({ status: 'unlocked', user: { username: 'ada' }, assurance: { level: 2 } })
    expect(result).not.toHaveProperty('token')
  })
})
