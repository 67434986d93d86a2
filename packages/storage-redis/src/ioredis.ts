import { type Emitter, losses, type Redis, type Send } from './redis.ts'

interface Pipeline {
  call(command: string, args: string[]): Pipeline
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>
}

/** A client of ioredis: its `Redis` or `Cluster`. */
export interface IoredisClient extends Emitter {
  readonly isCluster: boolean
  readonly status: string
  call(command: string, args: string[]): Promise<unknown>
  pipeline(): Pipeline
}

interface IoredisCluster extends IoredisClient {
  readonly options: { readonly scaleReads?: unknown }
  nodes(role: 'master'): readonly IoredisClient[]
}

/** ioredis, which sends unanswered commands again when the connection was lost. */
export function ioredis(client: IoredisClient): Redis {
  const cluster = client.isCluster ? (client as IoredisCluster) : undefined
  if (cluster && cluster.options.scaleReads !== 'master') {
    throw new Error('redisStorage: `scaleReads` must be "master": a replica still shows what has been revoked.')
  }
  const { certain, detach } = losses(client, [cluster ? '-node' : 'close'])
  const send: Send = (_key, [name = '', ...args]) => client.call(name, args)
  let opening: Promise<void> | undefined

  return {
    isCluster: client.isCluster,
    send,
    sendOnce: (key, command) => certain(send(key, command)),

    async sendTwo(_key, [first = '', ...firstArgs], [second = '', ...secondArgs]) {
      const replies = await certain(client.pipeline().call(first, firstArgs).call(second, secondArgs).exec())
      for (const [error] of replies ?? []) if (error) throw error
      return [replies?.[0]?.[1], replies?.[1]?.[1]]
    },

    async info() {
      // The nodes are known once a first command has been sent.
      if (cluster) await cluster.call('GET', ['sallyport'])
      const masters = cluster?.nodes('master') ?? [client]
      return (await Promise.all(masters.map((master) => master.call('INFO', [])))).map(String)
    },

    ready() {
      // With `lazyConnect` the first command connects.
      if (client.status === 'ready' || client.status === 'wait' || client.status === 'end') return undefined
      opening ??= new Promise((resolve) => {
        const opened = (): void => {
          client.off('ready', opened)
          client.off('end', opened)
          opening = undefined
          resolve()
        }
        client.on('ready', opened)
        client.on('end', opened)
      })
      return opening
    },

    detach,
  }
}
