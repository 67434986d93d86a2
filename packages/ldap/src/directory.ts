import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Client, type Entry, type Filter, InvalidCredentialsError, InvalidDNSyntaxError } from 'ldapts'
import type { CompleteSettings } from './settings.ts'

/** A connection to the directory, for one piece of work. */
export interface Connection {
  /** `false` when the name or the password is wrong. Rejects when the directory can't say. */
  bind(name: string, password: string): Promise<boolean>
  /** At most `limit` entries. */
  search(base: string, search: Search): Promise<readonly Entry[]>
}

/** What is looked for, and what is to be known of it. */
export interface Search {
  readonly filter: Filter | string
  readonly scope: 'base' | 'sub'
  readonly attributes: readonly string[]
  readonly limit: number
  /** Attributes that are bytes and no text. */
  readonly binary?: readonly string[]
}

/**
 * Connects, upgrades to TLS where that is asked for, does the work, and closes the connection whatever became of it. A
 * client who has left ends it at once.
 */
export async function withConnection<Result>(
  settings: CompleteSettings,
  departed: AbortSignal | undefined,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const { url, startTls = false, ca, timeoutMs } = settings
  const tls = { ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' as const, rejectUnauthorized: true }
  const sockets = new Set<Socket>()
  const kept = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.add(socket)
    return socket
  }
  const client = new Client({
    url,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    // Options that are there at all make ldapts speak TLS from the first byte.
    ...(!startTls && url.startsWith('ldaps:') && { tlsOptions: tls }),
    strictDN: false, // Active Directory binds as name@domain
    createConnection: ((port: number, host: string) => kept(connectPlain(port, host))) as typeof connectPlain,
    createSecureConnection: ((...to: Parameters<typeof connectTls>) => kept(connectTls(...to))) as typeof connectTls,
  })
  const close = () => {
    for (const socket of sockets) socket.destroy()
  }
  const run = async (): Promise<Result> => {
    if (startTls) await client.startTLS({ ...tls, servername: new URL(url).hostname })
    return work(connectionOf(client, timeoutMs))
  }
  try {
    return await Promise.race([run(), whenAborted(departed)])
  } finally {
    // An unbind is a courtesy: a directory that hangs must not keep the connection.
    await client.unbind().catch(() => {})
    close()
  }
}

function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(new Error('the client has left'))
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave, { once: true })
  })
}

function connectionOf(client: Client, timeoutMs: number): Connection {
  return {
    async bind(name, password) {
      // RFC 4513 §5.1.2: without a password it would be an anonymous bind, which succeeds.
      if (name === '' || password === '') return false
      try {
        await client.bind(name, password)
        return true
      } catch (error) {
        if (error instanceof InvalidCredentialsError || error instanceof InvalidDNSyntaxError) return false
        throw error
      }
    },

    async search(base, { filter, scope, attributes, limit, binary = [] }) {
      const { searchEntries } = await client.search(base, {
        filter,
        scope,
        attributes: [...attributes],
        sizeLimit: limit,
        timeLimit: Math.ceil(timeoutMs / 1000),
        derefAliases: 'never',
        explicitBufferAttributes: [...binary],
      })
      return searchEntries
    },
  }
}
