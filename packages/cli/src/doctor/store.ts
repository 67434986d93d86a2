import type { Auth, Storage } from '@sallyport/core'
import { hasTables } from '../commands/migrate.ts'
import { type Finding, reporter } from './finding.ts'

const { ok, advice, warning, error } = reporter('store')
const slowMs = 50

/** Whether the store answers, has its tables, takes writes, and stays. */
export async function lookAtStore(auth: Auth, storage: Partial<Storage> | undefined): Promise<readonly Finding[]> {
  if (storage === undefined) {
    const answer = await timed(() => auth.sessions.list('doctor'))
    return [
      ...answer,
      advice('The config module does not export `storage`: its tables were not looked at.', 'export it beside `auth`'),
    ]
  }
  const findings: Finding[] = []
  if ('isVolatile' in storage) {
    const tell = process.env['NODE_ENV'] === 'production' ? error : warning
    findings.push(
      tell('The storage is in memory: a restart logs everybody out.', 'use sqlStorage(db) or redisStorage(client)'),
    )
  }
  if (hasTables(storage)) {
    const { pending } = await storage.migrationStatus()
    if (pending.length > 0) return [...findings, error(`The tables lack ${pending.join(', ')}.`, 'sallyport migrate')]
    findings.push(ok('The tables are up to date.'))
  }
  // That of Redis says what may be evicted.
  if ('check' in storage && typeof storage.check === 'function') await (storage.check as () => Promise<void>)()
  const { increment } = storage
  if (increment !== undefined) await increment('doctor', 1000, 1, Date.now())
  // The first call opens a connection: the second one is what a request waits for.
  await auth.sessions.list('doctor')
  return [...findings, ...(await timed(() => auth.sessions.list('doctor')))]
}

async function timed(call: () => Promise<unknown>): Promise<readonly Finding[]> {
  const start = performance.now()
  await call()
  const ms = Math.ceil(performance.now() - start)
  if (ms <= slowMs) return [ok(`The store answers in ${ms} ms.`)]
  return [
    warning(
      `The store answers in ${ms} ms, and every request waits for it.`,
      'bring it nearer, or see what it is busy with',
    ),
  ]
}
