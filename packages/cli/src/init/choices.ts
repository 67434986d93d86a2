/** The frameworks that a project can be set up for. */
export const frameworks = ['express', 'koa', 'hono', 'fetch'] as const
export type Framework = (typeof frameworks)[number]

/** The stores that it can keep everything in. */
export const stores = ['sqlite', 'postgres', 'mysql', 'redis', 'memory'] as const
export type Store = (typeof stores)[number]

/** What is asked before a project is set up. */
export interface Choices {
  readonly framework: Framework
  readonly store: Store
}

/** A `package.json`, as far as it matters here. */
export interface Manifest {
  readonly type?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const drivers: Readonly<Record<string, Store>> = { pg: 'postgres', mysql2: 'mysql', redis: 'redis', ioredis: 'redis' }

/** What a project has already, and else what most begin with. */
export function guess(manifest: Manifest | undefined): Choices {
  const has = Object.keys(manifest?.dependencies ?? {})
  const driver = has.find((name) => Object.hasOwn(drivers, name))
  return {
    framework: frameworks.find((name) => has.includes(name)) ?? 'express',
    store: (driver === undefined ? undefined : drivers[driver]) ?? 'sqlite',
  }
}
