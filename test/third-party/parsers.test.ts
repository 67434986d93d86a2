import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createAuth, type RedirectProvider } from '@sallyport/core'
import { sallyport } from '@sallyport/express'
import { memoryStorage } from '@sallyport/storage-memory'
import express5 from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Its types are those of Express 5 as far as they are used here.
const express4 = createRequire(import.meta.url)('express4') as typeof express5

/** A provider that stands in for one that answers by form post. */
const provider: RedirectProvider = {
  id: 'acme',
  label: 'Acme',
  protocol: 'oidc',
  stateField: 'state',
  canReauthenticate: false,
  start: async ({ state }) => ({ redirectTo: `https://idp.example/?state=${state}`, kept: null }),
  finish: async ({ fields }) => ({
    issuer: 'https://idp.example',
    subject: fields['code'] ?? '',
    claims: {},
    methods: ['fed'],
  }),
  check: async () => [],
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
] as const)('a form post on %s', (_, express) => {
  describe.each(['in front of the parsers', 'behind the parsers', 'behind the simple parser'])('%s', (where) => {
    let server: Server
    let origin: string

    beforeAll(async () => {
      server = createServer()
      await new Promise<void>((accept) => server.listen(0, '127.0.0.1', accept))
      origin = `http://localhost:${(server.address() as AddressInfo).port}`
      const auth = createAuth({
        origin,
        secret: 'k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo',
        storage: memoryStorage(),
        providers: [provider],
      })
      const app = express()
      const parsers = [express.json(), express.urlencoded({ extended: where !== 'behind the simple parser' })]
      if (where !== 'in front of the parsers') app.use(...parsers)
      app.use(sallyport(auth))
      if (where === 'in front of the parsers') app.use(...parsers)
      server.on('request', app)
    })

    afterAll(() => server.close())

    async function start(): Promise<{ state: string; cookie: string }> {
      const response = await fetch(`${origin}/auth/login/acme`, { redirect: 'manual' })
      const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? ''
      return { state, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    }

    const send = (body: string) =>
      fetch(`${origin}/auth/callback/acme`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: 'https://idp.example', 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })

    test('is kept under a handle, whoever has read the body', async () => {
      const { state, cookie } = await start()
      const code = 'ä+ö {"x":1} & [a]=b'
      const posted = await send(new URLSearchParams({ code, state }).toString())
      expect(posted.status).toBe(303)
      const location = posted.headers.get('location') ?? ''
      expect(location).toMatch(/^\/auth\/callback\/acme\?handle=/)
      const back = await fetch(origin + location, { redirect: 'manual', headers: { cookie } })
      expect(back.status).toBe(303)
      const session = back.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const listed = await fetch(`${origin}/auth/identities`, { headers: { cookie: session } })
      expect(await listed.json()).toMatchObject({ items: [{ subject: code }] })
    })

    test('D7: a field that comes twice, or as an object, is refused', async () => {
      const { state } = await start()
      expect((await send(`code=a&code=b&state=${state}`)).status).toBe(400)
      expect((await send(`code=a&state=${state}&state=${state}`)).status).toBe(400)
      expect((await send(`code=a&state[x]=${state}`)).status).toBe(400)
    })
  })
})
