import type { Store } from './choices.ts'

/** How a project keeps everything in a store. */
export interface StoreTemplate {
  readonly imports: readonly string[]
  readonly comment: string
  /** What makes `storage`. */
  readonly code: string
  /** What the server does before it listens. */
  readonly prepare: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly types?: Readonly<Record<string, string>>
  /** Lines of `.env`. */
  readonly environment: readonly string[]
}

const sql = "import { sqlStorage } from '@sallyport/storage-sql'"
const migrate = 'await storage.migrate()'

/** The demonstration user of a store that nobody else can write to. */
export const demoUser = { username: 'ada', password: 'a brass engine counts' } as const

export const storeTemplates: Readonly<Record<Store, StoreTemplate>> = {
  sqlite: {
    imports: ["import { DatabaseSync } from 'node:sqlite'", sql],
    comment: 'Where everything is kept. `npx sallyport migrate` creates its tables.',
    code: "sqlStorage(new DatabaseSync(process.env.DATABASE_FILE ?? 'app.sqlite'))",
    prepare: migrate,
    dependencies: { '@sallyport/storage-sql': '' },
    environment: [],
  },
  postgres: {
    imports: [sql, "import pg from 'pg'"],
    comment: 'Where everything is kept. `npx sallyport migrate` creates its tables.',
    code: `sqlStorage(
  // A connection that breaks while nobody uses it: the pool opens another one.
  new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 }).on('error', console.error),
)`,
    prepare: migrate,
    dependencies: { '@sallyport/storage-sql': '', pg: '^8.23.1' },
    types: { '@types/pg': '^8.23.1' },
    environment: ['DATABASE_URL=postgres://localhost:5432/app'],
  },
  mysql: {
    imports: [sql, "import { createPool } from 'mysql2/promise'"],
    comment: 'Where everything is kept. `npx sallyport migrate` creates its tables.',
    code: `sqlStorage(
  createPool({ uri: process.env.DATABASE_URL ?? 'mysql://localhost/app', connectionLimit: 10 }),
)`,
    prepare: migrate,
    dependencies: { '@sallyport/storage-sql': '', mysql2: '^3.24.6' },
    environment: ['DATABASE_URL=mysql://root@localhost:3306/app'],
  },
  redis: {
    imports: ["import { redisStorage } from '@sallyport/storage-redis'", "import { createClient } from 'redis'"],
    comment: 'Where everything is kept: in a Redis with `appendonly yes` and `maxmemory-policy noeviction`.',
    code: `redisStorage(
  await createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' })
    .on('error', console.error)
    .connect(),
)`,
    prepare: 'await storage.check()',
    dependencies: { '@sallyport/storage-redis': '', redis: '^6.3.1' },
    environment: ['REDIS_URL=redis://localhost:6379'],
  },
  memory: {
    imports: ["import { memoryStorage } from '@sallyport/storage-memory'"],
    comment: 'Where everything is kept: in this process, until it ends. To try it only.',
    code: 'memoryStorage()',
    prepare: `await auth.users.create({ username: '${demoUser.username}', password: '${demoUser.password}', roles: ['admin'] })`,
    dependencies: { '@sallyport/storage-memory': '' },
    environment: [],
  },
}
