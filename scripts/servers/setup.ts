import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { MissingServer } from './binary.ts'
import { servers } from './names.ts'
import type { ServerName } from './names.ts'
import type { Server } from './process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly servers: string
  }
}

/** Starts each server when the first test asks for it, once a run, and ends them all with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<ServerName, Promise<Server | undefined>>()
  const leftOut: string[] = []

  async function start(name: ServerName): Promise<Server | undefined> {
    const [variable, startServer] = servers[name]
    const given = process.env[variable]
    if (given) return { url: given, pid: 0, stop: async () => {} }
    try {
      return await startServer()
    } catch (error) {
      if (!(error instanceof MissingServer) || process.env['ALLOW_MISSING'] !== '1') throw error
      leftOut.push(error.message)
      return undefined
    }
  }

  const desk = createServer(async (request, response) => {
    const name = request.url?.slice(1) as ServerName
    if (!started.has(name)) started.set(name, start(name))
    try {
      const server = await started.get(name)
      response.writeHead(server ? 200 : 204).end(server?.url)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  desk.listen(0, '127.0.0.1')
  await once(desk, 'listening')
  project.provide('servers', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)

  return async () => {
    desk.close()
    desk.closeAllConnections()
    for (const server of await Promise.allSettled(started.values())) {
      if (server.status === 'fulfilled') await server.value?.stop()
    }
    for (const message of leftOut) console.log(`left out: ${message}`)
  }
}
