import { createHash } from 'node:crypto'
import type { Entry, Storage } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { browser } from '../flows/client.ts'
import { goodPassword, house, minute, otherPassword, testFactor, testSecret } from '../flows/house.ts'

/** Everything that is ever stored, and the names of all counters. */
function wiretap(storage: Storage = memoryStorage()) {
  const entries: Entry[] = []
  const names: string[] = []
  const tapped: Storage = {
    ...storage,
    insert: (entry, now) => {
      entries.push(entry)
      return storage.insert(entry, now)
    },
    replace: (entry, now) => {
      entries.push(entry)
      return storage.replace(entry, now)
    },
    increment: (name, windowMs, by, now) => {
      names.push(name)
      return storage.increment(name, windowMs, by, now)
    },
  }
  return { storage: tapped, entries, names, text: () => JSON.stringify([entries, names]) }
}

const tokenText = /sp_[a-z]_[\w-]{22}\.([\w-]{43})[\w-]{13}/g

describe('D9: nothing in storage lets its reader sign in', () => {
  test('ASVS 6.5.2, 11.4.1: of every token only the SHA-256 of its secret is kept, of passwords only the hash', async () => {
    const tap = wiretap()
    const enrolled = new Set<string>()
    const there = await house({ storage: tap.storage, factors: [testFactor(enrolled)], trustedDevices: true })
    const send = await ways['Express 5'](there.auth)
    const page = browser(send)
    const said: string[] = []
    const tell = async (method: string, path: string, body?: unknown) => {
      const answer = await page.send(method, path, body, { 'user-agent': 'agent-canary' })
      said.push(answer.text, ...answer.cookies)
      return answer
    }
    await tell('POST', '/auth/login', { username: 'ann', password: goodPassword })
    const made = await tell('POST', '/auth/api-tokens', { name: 'ci' })
    await tell('POST', `/auth/api-tokens/${(made.json['apiToken'] as { id: string }).id}/rotate`, {})
    await tell('POST', '/auth/url-tokens', { method: 'GET', path: '/a', withinMs: minute })
    await tell('POST', '/auth/reauthenticate', { password: goodPassword })
    await tell('POST', '/auth/password/change', { current: goodPassword, password: otherPassword })
    await tell('POST', '/auth/login', { username: 'ann', password: 'a wrong passphrase of canary' })
    enrolled.add(there.ann.id)
    await tell('POST', '/auth/login', { username: 'ann', password: otherPassword })
    await tell('POST', '/auth/unlock', { factor: 'test', code: '123456', trustDevice: true })
    said.push((await there.auth.factors.issueEnrolmentTicket(there.ann.id)).ticket.reveal())

    const secrets = [...said.join('\n').matchAll(tokenText)].map(([token, secret]) => ({ token, secret: secret ?? '' }))
    expect(new Set(secrets.map(({ token }) => token[3]))).toEqual(new Set(['s', 'a', 'u', 'l', 'd', 'e']))
    const stored = tap.text()
    for (const { token, secret } of secrets) {
      expect(stored).not.toContain(token)
      expect(stored).not.toContain(secret)
      expect(stored).toContain(createHash('sha256').update(secret).digest('base64url'))
    }
    for (const text of [goodPassword, otherPassword, 'passphrase of canary', testSecret, '123456'])
      expect(stored).not.toContain(text)
    const passwords = tap.entries.flatMap(({ kind, data }) =>
      kind === 'user' ? [(data as { password: { hash: string } | null }).password?.hash] : [],
    )
    for (const hash of passwords) expect(hash ?? '$argon2id$').toMatch(/^\$argon2id\$/)
  })

  test('a stolen store: what is in it opens nothing', async () => {
    const tap = wiretap()
    const there = await house({ storage: tap.storage })
    const send = await ways['Express 5'](there.auth)
    const page = browser(send)
    await page.logIn()
    await page.send('POST', '/auth/api-tokens', { name: 'ci' })
    const real = page.token ?? ''
    for (const { kind, id, data } of tap.entries) {
      const { hash } = data as { hash?: string }
      if (hash === undefined) continue
      const letter = { session: 's', 'api-token': 'a' }[kind] ?? 's'
      // With the hash for a secret, and any stamp that a thief may know.
      for (const stamp of [real.slice(-13), 'AA'.padEnd(13, 'A'), `${real.slice(-13, -11)}AAAAAAAAAAA`]) {
        const forged = `sp_${letter}_${id}.${hash}${stamp}`
        const answer = await send({
          method: 'GET',
          path: '/documents/1',
          headers: { cookie: `__Host-sallyport=${forged}` },
        })
        expect([answer.status, answer.json['code']]).toEqual([401, 'invalid_token'])
      }
    }
  })

  test('a store that was written to by somebody: a secret of theirs is still not stamped by us', async () => {
    const tap = wiretap()
    const there = await house({ storage: tap.storage })
    const send = await ways['Express 5'](there.auth)
    const page = browser(send)
    await page.logIn()
    const entry = tap.entries.findLast(({ kind }) => kind === 'session') ?? expect.fail()
    const secret = 'x'.repeat(43)
    const hash = createHash('sha256').update(secret).digest('base64url')
    await tap.storage.replace({ ...entry, data: { ...(entry.data as object), hash } }, there.now())
    const known = `sp_s_${entry.id}.${secret}${page.token?.slice(-13)}`
    expect(
      (await send({ method: 'GET', path: '/documents/1', headers: { cookie: `__Host-sallyport=${known}` } })).status,
    ).toBe(401)
  })
})
