import { createHash } from 'node:crypto'
import { alternate, nanoseconds, report, section } from './measure.ts'
import { createBenchAuth, sessionToken, viewWithCookie } from './setting.ts'

const calls = 50_000

/** From the cookie header to the principal, in process, on memory, against a bare hash and look-up. */
export async function benchValidation(): Promise<void> {
  const auth = await createBenchAuth()
  const token = await sessionToken(auth)
  const cookie = `theme=dark; sallyport=${token}`
  const forged = cookie.slice(0, -1) + (cookie.endsWith('A') ? 'B' : 'A')
  const secret = token.slice(28, 71)
  const known = new Map([[createHash('sha256').update(secret).digest('hex'), 'ada']])

  const result = await alternate(9, {
    bare: () => nanoseconds(calls, () => known.get(createHash('sha256').update(secret).digest('hex'))),
    valid: () => nanoseconds(calls, () => auth.visit(viewWithCookie(cookie)).resolve()),
    forged: () => nanoseconds(calls, () => auth.visit(viewWithCookie(forged)).resolve()),
  })
  section('Validation in process, memory storage')
  report('bare sha256 and Map.get', result.bare, 'ns')
  report('valid session, to its principal', result.valid / result.bare, 'times bare', ['at most', 10])
  report('forged token', result.forged / result.bare, 'times bare', ['at most', 6])
  await auth.close()
}
