import type { Json } from '@sallyport/core'
import { sqlStorage } from '../src/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { subjects } from './databases.ts'
import type { Fresh } from './databases.ts'

const now = Date.now()

for (const { name, here, dialect, open } of subjects)
  describe.skipIf(!here)(`tables: ${name}`, () => {
    let fresh: Fresh
    beforeAll(async () => {
      fresh = await open()
      await sqlStorage(fresh.handle).migrate()
    }, 60_000)
    afterAll(() => fresh.dispose())

    const entry = (kind: string, id: string, owner: string | null, data: Json = {}) => ({
      kind,
      id,
      owner,
      expiresAt: null,
      version: 1,
      data,
    })

    it('an entry whose owner is not there is not stored, but for events', async () => {
      const storage = sqlStorage(fresh.handle)
      for (const kind of ['session', 'api-token', 'identity', 'login-name', 'whatever']) {
        expect(await storage.insert(entry(kind, 'orphan', 'nobody'), now)).toBe(false)
        expect(await storage.get(kind, 'orphan')).toBeUndefined()
      }
      expect(await storage.insert(entry('event', 'orphan', 'nobody'), now)).toBe(true)
    })

    it('an expired entry is not replaced by one whose owner is not there', async () => {
      const storage = sqlStorage(fresh.handle)
      const old = { ...entry('session', 'old', null), expiresAt: now - 1 }
      await storage.insert(old, now - 10)
      expect(await storage.insert(entry('session', 'old', 'nobody'), now)).toBe(false)
      expect(await storage.get('session', 'old')).toEqual(old)
    })

    it('D21: who deletes a user deletes what is the user’s, but for events', async () => {
      const storage = sqlStorage(fresh.handle)
      const kinds = ['session', 'api-token', 'identity', 'login-name', 'whatever', 'event']
      for (const user of ['ada', 'bob']) {
        await storage.insert(entry('user', user, null), now)
        for (const kind of kinds) await storage.insert(entry(kind, `${user} ${kind}`, user), now)
      }
      await fresh.query(`delete from sallyport_users where id = 'ada'`)
      for (const kind of kinds) {
        expect([kind, (await storage.get(kind, `ada ${kind}`))?.owner]).toEqual([
          kind,
          kind === 'event' ? 'ada' : undefined,
        ])
        expect([kind, (await storage.get(kind, `bob ${kind}`))?.owner]).toEqual([kind, 'bob'])
      }
    })

    it('every other kind is in `entries`, under its name', async () => {
      const storage = sqlStorage(fresh.handle)
      await storage.insert(entry('challenge', 'c', null), now)
      await storage.insert(entry('locked', 'c', null), now)
      expect(await fresh.query(`select kind from sallyport_entries where id = 'c' order by kind`)).toMatchObject([
        { kind: 'challenge' },
        { kind: 'locked' },
      ])
    })

    it('the generated columns show what `data` says, or nothing, whatever it is', async () => {
      const storage = sqlStorage(fresh.handle)
      const columns = 'created_at, last_seen_at, address, user_agent'
      const shown = async (data: Json): Promise<unknown[]> => {
        await storage.take('session', 'shown')
        expect(await storage.insert(entry('session', 'shown', null, data), now)).toBe(true)
        expect((await storage.get('session', 'shown'))?.data).toEqual(data)
        const [row] = await fresh.query(`select ${columns} from sallyport_sessions where id = 'shown'`)
        const number = (value: unknown) => (value === null ? null : Number(value))
        return [number(row?.['created_at']), number(row?.['last_seen_at']), row?.['address'], row?.['user_agent']]
      }
      const [nothing, agent] = [[null, null, null, null], 'Zoë’s "browser" \\ 👩‍👩‍👧']
      const full = { createdAt: now, lastSeenAt: 0, address: '2001:db8::1', userAgent: agent }
      expect(await shown(full)).toEqual([now, 0, '2001:db8::1', agent])
      expect(await shown({ ...full, userAgent: 'x'.repeat(500), address: null })).toEqual([
        now,
        0,
        null,
        'x'.repeat(500),
      ])
      for (const data of [{}, [], [1], null, 1, true, 'text', '{"createdAt":1}', { createdAt: null, address: null }]) {
        expect([data, await shown(data)]).toEqual([data, nothing])
      }
      for (const createdAt of ['soon', 1e300, -1, 1.5, 2 ** 53 * 4, {}, [], 'x'.repeat(2000)]) {
        expect([createdAt, await shown({ createdAt, address: 'a' })]).toEqual([createdAt, [null, null, 'a', null]])
      }
      // What no JSON function of the database could read is stored all the same.
      expect(await shown({ ...full, userAgent: '\0' })).toEqual(nothing)
      expect(await shown({ ...full, other: '\ud800' })).toEqual(nothing)
      await storage.insert(entry('user', 'u', null, { profile: { username: 'U', email: 'u@x' }, disabledAt: 5 }), now)
      const [user] = await fresh.query(`select username, email, disabled_at from sallyport_users where id = 'u'`)
      expect([user?.['username'], user?.['email'], Number(user?.['disabled_at'])]).toEqual(['U', 'u@x', 5])
    })

    it('`schema` and `tablePrefix` say where the tables are', async () => {
      const schema = dialect === 'postgres' ? 'Auth' : undefined
      const here = sqlStorage(fresh.handle, { schema, tablePrefix: 'My_' })
      const there = sqlStorage(fresh.handle)
      await here.migrate()
      expect(await here.insert(entry('user', 'u2', null), now)).toBe(true)
      expect(await here.insert(entry('session', 's2', 'u2'), now)).toBe(true)
      expect((await here.getWithOwner('session', 's2'))?.owner?.id).toBe('u2')
      expect(await there.get('session', 's2')).toBeUndefined()
      expect((await here.increment('n', 1000, 1, now)).count).toBe(1)
      expect((await there.increment('n', 1000, 0, now)).count).toBe(0)
      const quote = dialect === 'mysql' ? '`' : '"'
      const table = (schema ? `"Auth".` : '') + `${quote}My_users${quote}`
      expect(await fresh.query(`select id from ${table}`)).toHaveLength(1)
      expect(await here.sweep(1000, now + 2000)).toBe(1)
    })
  })
