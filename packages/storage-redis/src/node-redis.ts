import { type Command, type Emitter, losses, type Redis, type Send } from './redis.ts'

interface Options {
  readonly typeMapping: object
  readonly timeout: number
}

interface Multi {
  addCommand(...args: never[]): unknown
  execAsPipeline(): Promise<unknown>
}

/** A client of node-redis, or a pool of them. */
export interface NodeRedisClient {
  sendCommand(args: string[], options?: Options): Promise<unknown>
  multi(): Multi
  readonly isReady?: boolean
}

/** A cluster client of node-redis. */
export interface NodeRedisCluster {
  sendCommand(
    key: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
    options?: Options,
  ): Promise<unknown>
  multi(routing?: string): Multi
  readonly masters: readonly object[]
  nodeClient(node: object): unknown
}

/** A Sentinel client of node-redis. */
export interface NodeRedisSentinel extends Emitter {
  sendCommand(isReadonly: boolean | undefined, args: string[], options?: Options): Promise<unknown>
  multi(): Multi
  getSentinelNode(): unknown
}

/** node-redis. What is not sent by the deadline is dropped from the client's queue. */
export function nodeRedis(client: NodeRedisClient, deadlineMs: number): Redis {
  const options = replies(deadlineMs)
  const untimed = replies(0)
  // The client's timer is half of what a read costs. It is of use only to a write, or while there is no connection.
  const send: Send = (_key, command) => client.sendCommand([...command], client.isReady === true ? untimed : options)
  return {
    isCluster: false,
    send,
    sendOnce: (_key, command) => client.sendCommand([...command], options),
    sendTwo: (_key, ...pair) => two(client.multi(), pair, (command) => [command]),
    info: async () => [String(await client.sendCommand(['INFO'], options))],
    ready: () => undefined,
    detach: () => undefined,
  }
}

/** node-redis with Redis Cluster. */
export function nodeRedisCluster(cluster: NodeRedisCluster, deadlineMs: number): Redis {
  const options = replies(deadlineMs)
  const send = (key: string, command: Command): Promise<unknown> =>
    cluster.sendCommand(key, false, [...command], options)
  return {
    isCluster: true,
    send,
    sendOnce: send,
    sendTwo: (key, ...pair) => two(cluster.multi(key), pair, (command) => [key, false, command]),
    info: () =>
      Promise.all(
        cluster.masters.map(async (master) => {
          const node = (await cluster.nodeClient(master)) as NodeRedisClient
          return String(await node.sendCommand(['INFO'], options))
        }),
      ),
    ready: () => undefined,
    detach: () => undefined,
  }
}

/** node-redis with Sentinel: it sends a command again when the master was lost. */
export function nodeRedisSentinel(sentinel: NodeRedisSentinel, deadlineMs: number): Redis {
  const options = replies(deadlineMs)
  const { certain, detach } = losses(sentinel, ['client-error', 'topology-change'])
  const send: Send = (_key, command) => sentinel.sendCommand(false, [...command], options)
  return {
    isCluster: false,
    send,
    sendOnce: (key, command) => certain(send(key, command)),
    sendTwo: (_key, ...pair) => certain(two(sentinel.multi(), pair, (command) => [false, command])),
    info: async () => [String(await sentinel.sendCommand(false, ['INFO'], options))],
    ready: () => undefined,
    detach,
  }
}

/** The application's client may be set to map replies to other types, and to wait longer. */
function replies(deadlineMs: number): Options {
  return { typeMapping: {}, timeout: deadlineMs }
}

async function two(
  multi: Multi,
  pair: readonly [Command, Command],
  args: (command: Command) => readonly unknown[],
): Promise<readonly [unknown, unknown]> {
  for (const command of pair) multi.addCommand(...(args([...command]) as never[]))
  return (await multi.execAsPipeline()) as [unknown, unknown]
}
