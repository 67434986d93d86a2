import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Auth, createAuth } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { sqlStorage } from '@sallyport/storage-sql'
import { type Place, place, sqliteAuth, testSecret } from './sallyport.ts'

/** An application on a SQLite file: as the command line sees it, and as its server does. */
export interface Running extends Place {
  readonly auth: Auth
  /** A session of a user, as the browser of somebody at this address. */
  logIn(username: string, address?: string, userAgent?: string): Promise<string>
  /** Puts another name in the place of a stored one, such as was taken before names were checked. */
  rename(stored: string, name: string): void
  /** Whether a token is good. */
  isGood(token: string): Promise<boolean>
}

export const password = 'a brass engine counts'
const origin = 'http://localhost:3000'

/** Makes the application; its tables are there. */
export async function running(): Promise<Running> {
  const here = place({ 'auth.ts': sqliteAuth('audit: true,'), '.env': `SALLYPORT_SECRET=${testSecret}\n` })
  const database = new DatabaseSync(join(here.folder, 'app.sqlite'))
  const storage = sqlStorage(database)
  await storage.migrate()
  const auth = createAuth({
    origin,
    secret: testSecret,
    storage,
    factors: [totp({ issuer: 'Lighthouse' })],
    audit: true,
    permissions: ({ roles }) => roles.map((role) => `be:${role}`),
  })
  return {
    ...here,
    auth,
    async logIn(username, address = '192.0.2.1', userAgent = 'a browser') {
      const result = await auth.logIn({ username, password }, { address, userAgent })
      return result.token.reveal()
    },
    rename(stored, name) {
      const tables = database.prepare(
        "select m.name from sqlite_schema m join pragma_table_info(m.name) c where c.name = 'data'",
      )
      const changes = tables.all().map((table) => {
        const update = database.prepare(
          `update ${String(table['name'])} set data = replace(data, ?, ?)  where instr(data, ?)`,
        )
        return update.run(JSON.stringify(stored), JSON.stringify(name), JSON.stringify(stored)).changes
      })
      if (!changes.includes(1)) throw new Error(`${stored} is not there`)
    },
    async isGood(token) {
      const resolution = await auth.authenticate(new Request(`${origin}/x?token=${encodeURIComponent(token)}`))
      return resolution.status === 'unlocked'
    },
  }
}
