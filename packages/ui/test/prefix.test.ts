import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protect, sallyport } from '@sallyport/express'
import express from 'express'
import { expect, onTestFinished, test, vi } from 'vitest'
import { linkPages, pages, type PagesSettings } from '../src/index.ts'
import { house, password } from './house.ts'
import { openReader, type Reader } from './reader.ts'

/** A reader of an application whose pages are under a prefix, with what was warned of. */
async function under(prefix: string, given: string, settings: PagesSettings = {}) {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const server = createServer()
  server.listen(0, 'localhost')
  await once(server, 'listening')
  onTestFinished(() => {
    warn.mockRestore()
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const { auth } = house(origin, { linkPages: linkPages(given) })
  await auth.users.create({ username: 'bob', password })
  const app = express()
  app.use(prefix, sallyport(pages(auth, settings)))
  app.get(`${prefix}/documents`, protect('documents:read'), (_, res) => void res.send('a document'))
  server.on('request', app)
  return { reader: openReader(origin), warned: () => warn.mock.calls.map(([text]) => String(text)) }
}

async function walk(reader: Reader): Promise<readonly string[]> {
  const seen: string[] = []
  await reader.go('/app/account')
  await reader.press('Log in', { username: 'bob', password })
  seen.push(reader.at)
  await reader.follow(/^API tokens/)
  await reader.press('Create token', { name: 'ci' })
  seen.push(reader.at, String(reader.status))
  const style = /<link rel="stylesheet" href="([^"]+)"/.exec(reader.markup)?.[1] ?? ''
  await reader.press('Log out')
  await reader.go('/app/documents')
  await reader.press('Log in', { username: 'bob', password })
  seen.push(reader.at, reader.text)
  await reader.go(style)
  return [...seen, String(reader.status)]
}

const whole = ['/app/account', '/app/account/api-tokens', '200', '/app/documents', 'a document', '200']

test('under a prefix of Express the pages lead to each other, and what is missing for the links in messages is said once', async () => {
  const { reader, warned } = await under('/app', '/account')
  expect(await walk(reader)).toEqual(whole)
  expect(warned()).toEqual([expect.stringContaining('publicPath: "/app/account"')])
})

test('with `publicPath` as it was told nothing is said', async () => {
  const { reader, warned } = await under('/app', '/app/account', { publicPath: '/app/account' })
  expect(await walk(reader)).toEqual(whole)
  expect(warned()).toEqual([])
})

test.each([
  ['//evil.example/account', '/account'],
  ['/\\evil.example/account', '/account'],
  ['https://evil.example/app/account', '/app/account'],
  ['/app%2f..%2f/account', '/account'],
  ['/app/account/', '/account'],
  ['/app', '/account'],
])('whatever stands in front of the path, no page leads to another origin: %s', async (originalUrl, base) => {
  const { auth } = house('https://app.example.com')
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  const header = (name: string) => (name === 'accept' ? 'text/html' : undefined)
  const view = { method: 'GET', url: '/account', originalUrl, header, address: undefined, departed: undefined }
  const reply = await pages(auth)
    .visit({ ...view, body: async () => new Uint8Array() })
    .serve()
  expect(reply.headers.find(([name]) => name === 'Location')?.[1]).toBe(
    `${base}/log-in?return=${encodeURIComponent(base)}`,
  )
})

test('at the mount point itself a visitor is led to the log-in under it', async () => {
  const { auth } = house('https://app.example.com')
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  const header = (name: string) => (name === 'accept' ? 'text/html' : undefined)
  const view = { method: 'GET', url: '/', originalUrl: '/app?a=1', header, address: undefined, departed: undefined }
  const visit = pages(auth).visit({ ...view, body: async () => new Uint8Array() })
  const outcome = await visit.authorize({})
  const headers = 'reply' in outcome ? outcome.reply.headers : []
  expect(headers.find(([name]) => name === 'Location')?.[1]).toBe('/app/account/log-in?return=%2Fapp%3Fa%3D1')
})
