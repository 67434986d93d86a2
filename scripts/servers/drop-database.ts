import { setTimeout as sleep } from 'node:timers/promises'

type Query = (sql: string) => Promise<{ readonly rows: readonly unknown[] }>

/**
 * Drops a database of PostgreSQL once its connections are closed, a second later in any case. A pool has let go of them
 * before they are, and one that is cut in that moment has nobody left to tell but the process, which it ends.
 */
export async function dropDatabase(query: Query, name: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const { rows } = await query(`select 1 from pg_stat_activity where datname = '${name}'`)
    if (rows.length === 0) break
    await sleep(20)
  }
  await query(`drop database ${name} with (force)`)
}
