import type { Storage } from '../storage.ts'
import type { AdapterCase, AdapterServer } from './adapter-case.ts'
import { same } from './adapter-case.ts'
import type { AdapterOptions } from './adapter-fixture.ts'
import { bodyCases } from './adapter-bodies.ts'
import { connectionCases } from './adapter-connections.ts'
import { guardCases } from './adapter-guards.ts'
import { http2Cases } from './adapter-http2.ts'
import { logInCases } from './adapter-log-in.ts'
import { originCases } from './adapter-origins.ts'
import { queryCases } from './adapter-query.ts'
import { referenceServer } from './adapter-reference.ts'
import { sessionCases } from './adapter-sessions.ts'
import { tokenCases } from './adapter-tokens.ts'
import { wireCases } from './adapter-wire.ts'
import type { TestRunner } from './storage-contract.ts'

const exchanges: readonly AdapterCase[] = [
  ...logInCases,
  ...sessionCases,
  ...tokenCases,
  ...guardCases,
  ...originCases,
  ...queryCases,
  ...bodyCases,
]

/** Every rule that an adapter must keep, over real HTTP. */
export const adapterCases: readonly AdapterCase[] = [...exchanges, ...wireCases, ...connectionCases]

/** The same over HTTP/2 without TLS, for frameworks that allow it. */
export const adapterHttp2Cases: readonly AdapterCase[] = [...exchanges, ...http2Cases]

/** What the contract needs to know of an adapter. */
export interface AdapterContractOptions {
  /** An empty storage that nothing else uses, for the server that answers are compared with. */
  readonly storage: () => Storage
  /** The servers speak HTTP/2, and `adapterHttp2Cases` are what they are asked. */
  readonly http2?: boolean | undefined
  /** For each case: ten seconds. */
  readonly timeoutMs?: number | undefined
}

/**
 * Declares one test for each rule of the adapter contract, against the servers that `open` gives. What they answer is
 * compared with the answers of a bare `node:http` server: the status, every header but those in `notCompared`, cookies
 * and body, byte for byte.
 */
export function adapterContract(
  runner: TestRunner,
  name: string,
  open: (options: AdapterOptions) => Promise<AdapterServer>,
  { storage, http2 = false, timeoutMs = 10_000 }: AdapterContractOptions,
): void {
  runner.describe(`adapter contract: ${name}`, () => {
    const servers = new Map<string, Promise<readonly [AdapterServer, AdapterServer]>>()
    const serversFor = (options: AdapterOptions): Promise<readonly [AdapterServer, AdapterServer]> => {
      const key = JSON.stringify(options)
      const opened = servers.get(key) ?? Promise.all([open(options), referenceServer(storage(), options, http2)])
      servers.set(key, opened)
      return opened
    }
    runner.afterAll(async () => {
      const opened = (await Promise.allSettled(servers.values())).flatMap((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value : [],
      )
      await Promise.all(opened.map((server) => server.close()))
    }, timeoutMs)
    for (const { title, options, run } of http2 ? adapterHttp2Cases : adapterCases) {
      const body = async (): Promise<void> => {
        const [server, reference] = await serversFor(options)
        const transcript = await run(server)
        same(transcript, await run(reference), 'what another adapter answers')
      }
      runner.it(title, body, timeoutMs)
    }
  })
}
