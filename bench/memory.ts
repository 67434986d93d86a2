import { setTimeout } from 'node:timers/promises'
import { argon2Hasher, type Auth, createAuth } from '@sallyport/core'
import { memoryStorage } from '@sallyport/storage-memory'
import { median, nanoseconds, report, section } from './measure.ts'
import { origin, viewWithCookie } from './setting.ts'

const users = 100_000
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.8078.79 Safari/537.36'.padEnd(
    130,
    '.',
  )

/** The heap of 100,000 sessions, one for each user, and validation beside them. */
export async function benchMemory(): Promise<void> {
  let at = Date.now()
  const auth = createAuth({
    origin,
    clock: () => at,
    secret: 'a secret that is long enough and 0123456789 for the bench',
    storage: memoryStorage(),
    password: { hasher: argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }) },
  })
  const password = 'a brass engine counts'
  const passwordHash = await argon2Hasher({ memoryCost: 8, timeCost: 1, parallelism: 1 }).hash(password)
  for (let i = 0; i < users; i++) await auth.users.create({ username: `user${i}`, passwordHash })
  const first = await logIn(auth, 'user0', password)
  const before = await validation(auth, first)
  const heap = heapUsed()
  for (let i = 1; i < users; i++) await logIn(auth, `user${i}`, password)
  // The counters of attempts go after a quarter of an hour; sessions stay for a month.
  at += 16 * 60_000
  while ((await auth.sweep(10_000)) > 0);
  const bytes = (heapUsed() - heap) / (users - 1)
  const after = await validation(auth, first)

  section('100,000 sessions in memory, one for each user, a user agent of 130 bytes')
  report('heap for each session', bytes, 'bytes', ['at most', 900])
  report('validation beside them', after / before, 'times validation alone', ['at most', 1.25])
  await auth.close()
}

async function logIn(auth: Auth, username: string, password: string): Promise<string> {
  const result = await auth.logIn({ username, password }, { address: '203.0.113.7', userAgent })
  return result.token.reveal()
}

async function validation(auth: Auth, token: string): Promise<number> {
  // The first request writes down that the session was seen; that is not what is measured.
  await auth.visit(viewWithCookie(`sallyport=${token}`)).resolve()
  await setTimeout(50)
  const times: number[] = []
  for (let round = 0; round < 9; round++) {
    times.push(await nanoseconds(20_000, () => auth.visit(viewWithCookie(`sallyport=${token}`)).resolve()))
  }
  return median(times)
}

function heapUsed(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
