/** Rejects what would lose revocations or could not work, and says how to mend it. `info` is what INFO says. */
export function checkServer(info: string, isCluster: boolean): void {
  const version = read(info, 'redis_version') ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 2)) {
    throw new Error(`redisStorage: Redis ${version} is too old; Sallyport needs 6.2 or later, or Valkey.`)
  }
  if (read(info, 'redis_mode') === 'cluster' && !isCluster) {
    throw new Error('redisStorage: the server is a node of a Redis Cluster; hand over a cluster client.')
  }
  // In a cluster roles change, and its clients follow.
  if (read(info, 'role') === 'slave' && !isCluster) {
    throw new Error('redisStorage: the server is a replica; hand over a client of the master, or of Sentinel.')
  }
  const policy = read(info, 'maxmemory_policy')
  if (policy !== 'noeviction') {
    throw new Error(
      `redisStorage: with maxmemory-policy ${policy ?? '(unknown)'} Redis may drop what revokes a token or counts an ` +
        'attempt. Set it to noeviction: `CONFIG SET maxmemory-policy noeviction`, and in redis.conf or in the parameters ' +
        'of the managed service.',
    )
  }
}

/** What the server's clock shows, in milliseconds since the epoch. */
export function serverTime(info: string): number {
  return Number(read(info, 'server_time_usec')) / 1000
}

function read(info: string, field: string): string | undefined {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
