import { serverUrl } from '../../../scripts/servers/server-url.ts'
import { describe, expect, test } from 'vitest'
import { place, sqliteAuth, testSecret } from './sallyport.ts'

const postgres = await serverUrl('postgres')
const schema = `cli_${process.pid}`
const onPostgres = `
  import pg from 'pg'
  import { sqlStorage } from '@sallyport/storage-sql'
  export const storage = sqlStorage(new pg.Pool({ connectionString: ${JSON.stringify(postgres)} }), { schema: '${schema}' })`

const databases = [
  ['SQLite', sqliteAuth()],
  ...(postgres === undefined ? [] : [['PostgreSQL', onPostgres] as const]),
] as const

describe.each(databases)('migrate on %s', (_, config) => {
  const here = place({ 'auth.ts': config, '.env': `SALLYPORT_SECRET=${testSecret}\n` })
  const first = '0001_tables'

  test('says what is pending, does it once, and says that it is done', async () => {
    const [before, dry] = [await here.run('migrate status'), await here.run('migrate --dry-run --json')]
    expect([before.code, before.stdout]).toEqual([1, `pending  ${first}\n`])
    expect(dry.json()).toEqual({ done: [], applied: [], pending: [first] })
    const all = await Promise.all([here.run('migrate --json'), here.run('migrate --json')])
    for (const outcome of all) expect(outcome.json()).toMatchObject({ applied: [first], pending: [] })
    const [after, again] = await Promise.all([here.run('migrate status'), here.run('migrate')])
    expect([after.code, after.stdout]).toEqual([0, `applied  ${first}\n`])
    expect(again.stdout).toBe('The tables are up to date.\n')
  })
})

test('a database that is away is a failure with a mend', async () => {
  const away = onPostgres.replace(JSON.stringify(postgres), '"postgres://localhost:1/none"')
  const { code, stderr } = await place({ 'auth.ts': away }).run('migrate')
  expect(code).toBe(1)
  expect(stderr).toContain('ECONNREFUSED')
  expect(stderr).toContain('mend: nothing listens there')
})
