import { readFileSync } from 'node:fs'
import type { Json } from '@sallyport/core'
import { sqlStorage } from '../src/index.ts'
import { describe, expect, it } from 'vitest'
import { subjects } from './databases.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const heading = { postgres: 'PostgreSQL', mysql: 'MySQL, MariaDB', sqlite: 'SQLite' } as const

/** The queries of the README for a database, in their order. */
function queriesFor(dialect: keyof typeof heading): readonly string[] {
  const blocks = [...readme.matchAll(/```sql\n-- (.+)\n([^`]+)```/g)]
  return blocks.filter(([, name]) => name === heading[dialect]).map(([, , sql]) => sql as string)
}

for (const { name, here, dialect, open } of subjects)
  describe.skipIf(!here)(`the queries of the README: ${name}`, () => {
    it('say who has sessions, and which API tokens expire this month', async () => {
      const { handle, query, dispose } = await open()
      const storage = sqlStorage(handle)
      await storage.migrate()
      const now = Date.now()
      const put = async (kind: string, id: string, owner: string | null, expiresAt: number | null, data: Json) =>
        expect(await storage.insert({ kind, id, owner, expiresAt, version: 1, data }, now - 1e9)).toBe(true)
      const user = (id: string, disabledAt: number | null = null) => {
        const profile = { username: `${id}@example.com`, displayName: null, email: null, roles: [] }
        return put('user', id, null, null, { epoch: 'e1', apiTokenEpoch: 'a1', disabledAt, profile })
      }
      const session = (id: string, owner: string, epoch: string, expiresAt: number) =>
        put('session', id, owner, expiresAt, { epoch, lastSeenAt: 1_700_000_000_000, userAgent: 'x', address: null })
      const apiToken = (id: string, owner: string, epoch: string, expiresAt: number) =>
        put('api-token', id, owner, expiresAt, { epoch, name: `token ${id}`, createdAt: now, lastUsedAt: null })

      await user('ada')
      await user('bob')
      await user('eve', now)
      await session('s1', 'ada', 'e1', now + 3_600_000)
      await session('s2', 'ada', 'e1', now + 3_600_000)
      await session('revoked', 'ada', 'e0', now + 3_600_000)
      await session('expired', 'bob', 'e1', now - 3_600_000)
      await session('disabled', 'eve', 'e1', now + 3_600_000)
      await apiToken('t1', 'bob', 'a1', now)
      await apiToken('revoked', 'bob', 'a0', now)
      await apiToken('later', 'bob', 'a1', now + 32 * 86_400_000)
      await apiToken('before', 'bob', 'a1', now - 32 * 86_400_000)

      const [whoHasSessions, whichExpire, ...more] = queriesFor(dialect)
      expect(more).toEqual([])
      const sessions = await query(whoHasSessions ?? '')
      expect(sessions.map((row) => [row['id'], row['username'], Number(row['sessions'])])).toEqual([
        ['ada', 'ada@example.com', 2],
      ])
      expect(String((sessions[0]?.['last_seen'] as Date | string | undefined)?.valueOf())).toMatch(
        /^(17000|2023-11-1[45])/,
      )
      const tokens = await query(whichExpire ?? '')
      expect(tokens.map((row) => [row['id'], row['name'], row['username']])).toEqual([
        ['t1', 'token t1', 'bob@example.com'],
      ])
      await dispose()
    }, 30_000)
  })
