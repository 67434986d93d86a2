import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hibp } from '@sallyport/core/breached'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { house } from './auth-house.ts'
import { goodPassword } from './house.ts'

const breachedPassword = 'the leaked one of another service'
const digestOf = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()

/** A stand-in for Pwned Passwords: https and its range protocol, with what the test says is known. */
interface StandInRange {
  readonly url: string
  readonly ca: string
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  answer: (prefix: string, response: ServerResponse) => void
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-breached-'))
let server: Server
let standIn: StandInRange

const padding = (i: number) => `${digestOf(`padding ${i}`).slice(5)}:0`

function answerLikeTheirs(prefix: string, response: ServerResponse): void {
  const digest = digestOf(breachedPassword)
  const known = digest.startsWith(prefix) ? [`${digest.slice(5)}:37`] : []
  response.end([...Array.from({ length: 400 }, (_, i) => padding(i)), ...known].join('\r\n'))
}

beforeAll(async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
  const asked: StandInRange['asked'] = []
  server = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    ({ url: path = '', headers }, response) => {
      asked.push({ path, headers })
      standIn.answer(path.slice('/range/'.length), response)
    },
  )
  await new Promise<void>((accept) => server.listen(0, 'localhost', accept))
  const { port } = server.address() as AddressInfo
  standIn = { url: `https://localhost:${port}`, ca: readFileSync(cert, 'utf8'), asked, answer: answerLikeTheirs }
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const check = (options: Parameters<typeof hibp>[0] = {}) =>
  hibp({ service: standIn.url, ca: standIn.ca, network: 'localhost', timeoutMs: 500, ...options })

async function withCheck(breached: ReturnType<typeof hibp>) {
  const there = await house({ password: { breached } })
  const set = (password: string) => there.auth.passwords.set(there.ann.id, password)
  return { ...there, set }
}

describe('ASVS 6.2.12: a password that is known from breaches', () => {
  test('is found by five digits of its SHA-1, and nothing more leaves the machine', async () => {
    standIn.asked.length = 0
    expect(await check()(breachedPassword)).toBe(true)
    expect(await check()(goodPassword)).toBe(false)
    expect(standIn.asked.map(({ path }) => path)).toEqual([
      `/range/${digestOf(breachedPassword).slice(0, 5)}`,
      `/range/${digestOf(goodPassword).slice(0, 5)}`,
    ])
    for (const { headers } of standIn.asked) {
      expect(headers['add-padding']).toBe('true')
      expect(JSON.stringify(headers)).not.toContain(digestOf(breachedPassword).slice(5, 15))
    }
  })

  test('is none for what only pads the answer, or was seen too seldom', async () => {
    expect(await check({ least: 37 })(breachedPassword)).toBe(true)
    expect(await check({ least: 38 })(breachedPassword)).toBe(false)
    expect(await check()('padding 7')).toBe(false)
    standIn.answer = (_, response) => response.end(`${digestOf('padding 7').slice(5)}:0`)
    expect(await check()('padding 7')).toBe(false)
    standIn.answer = answerLikeTheirs
  })

  test('is refused, with the reason', async () => {
    const { auth, set } = await withCheck(check())
    await expect(set(breachedPassword)).rejects.toMatchObject({
      code: 'password_refused',
      members: { reason: 'breached' },
    })
    const user = { username: 'bob', password: breachedPassword }
    await expect(auth.users.create(user)).rejects.toMatchObject({ code: 'password_refused' })
    await set(goodPassword)
  })

  test('is asked about only when nothing else is wrong: what is short or common never leaves', async () => {
    standIn.asked.length = 0
    const { set } = await withCheck(check())
    standIn.asked.length = 0
    for (const password of ['short', 'password12345678', 'ann ann ann ann ann']) {
      await expect(set(password)).rejects.toMatchObject({ code: 'password_refused' })
    }
    expect(standIn.asked).toEqual([])
  })
})

describe('a service that gives no answer keeps nobody from a password, and says so', () => {
  const failures: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
    'an error': (response) => response.writeHead(503).end(),
    'no range': (response) => response.end('<html>'),
    'a redirect': (response) => response.writeHead(302, { location: 'https://evil.example/' }).end(),
    'an answer without end': (response) => {
      const write = (): void => void (response.destroyed || (response.write('0'.repeat(65_536)), setImmediate(write)))
      write()
    },
    silence: () => {},
  }

  test.each(Object.keys(failures))('%s', async (name) => {
    const { set, log } = await withCheck(check({ timeoutMs: 300 }))
    standIn.answer = (_, response) => void failures[name]?.(response)
    try {
      await set(breachedPassword)
      expect(log.of('breach_check.failed').length).toBe(1)
      expect(JSON.stringify(log.all)).not.toContain(breachedPassword)
      await expect(set('password12345678')).rejects.toMatchObject({ code: 'password_refused' })
    } finally {
      standIn.answer = answerLikeTheirs
    }
  })

  test('D18: one within the own network is not reached unless that is said', async () => {
    standIn.asked.length = 0
    await expect(hibp({ service: standIn.url, ca: standIn.ca })(goodPassword)).rejects.toThrow(/may not be reached/)
    await expect(hibp({ service: 'http://example.com' })(goodPassword)).rejects.toThrow(/is not https/)
    expect(standIn.asked).toEqual([])
  })
})
