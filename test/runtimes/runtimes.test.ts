import { argon2Hasher } from '@sallyport/core'
import { adapterContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { installRuntimes, type Runtime, type Runtimes } from './runtimes.ts'

let runtimes: Runtimes
beforeAll(async () => {
  runtimes = await installRuntimes()
}, 300_000)
afterAll(() => runtimes.dispose())

const runner = { describe, it, beforeAll, afterAll }
for (const name of ['bun', 'deno', 'workerd'] as const) {
  adapterContract(runner, `Hono on ${name}`, (options) => runtimes[name].open(options), { storage: memoryStorage })
}

describe('password hashes', () => {
  const password = 'correct horse battery staple 😀'
  const makers = [
    ['bun', 'default'],
    ['bun', 'pure'],
    ['deno', 'pure'],
    ['denoWithNativeCode', 'default'],
    ['workerd', 'default'],
    ['workerd', 'pure'],
  ] as const

  test.each(makers)('ASVS 11.4.2: made on %s (%s), verified on Node, and the other way round', async (name, hasher) => {
    await withServer(runtimes[name], async (url) => {
      const ask = (path: string, body: string) => fetch(`${url}/argon2/${hasher}/${path}`, { method: 'POST', body })
      const node = argon2Hasher()
      const hash = await (await ask('hash', password)).text()
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/)
      expect(await node.verify(hash, password)).toBe(true)
      expect(node.isCurrent(hash)).toBe(true)
      const ours = await node.hash(password)
      for (const [text, right] of [
        [password, true],
        [`${password}.`, false],
      ] as const) {
        const body = JSON.stringify({ hash: ours, password: text })
        expect(await (await ask('verify', body)).json()).toBe(right)
      }
    })
  })

  test('where native code may not be loaded, the error says what to do', async () => {
    await withServer(runtimes.deno, async (url) => {
      const answer = await fetch(`${url}/argon2/default/hash`, { method: 'POST', body: password })
      expect(answer.status).toBe(500)
      expect(await answer.text()).toContain('set `password.hasher` to pureArgon2Hasher()')
    })
  })
})

async function withServer(runtime: Runtime, use: (url: string) => Promise<void>): Promise<void> {
  const server = await runtime.open({})
  try {
    await use(server.url)
  } finally {
    await server.close()
  }
}
