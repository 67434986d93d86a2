import type { SettingsInForce } from '@sallyport/core'
import { describe } from '../failure.ts'
import { judgeCookies } from './cookies.ts'
import { type Finding, reporter } from './finding.ts'

const server = reporter('server')
const clock = reporter('clock')
const patienceMs = 5000
const skewMs = 5000

/** The server as a browser reaches it: by its public origin, through whatever stands in front. */
export async function lookAtServer({ origin, publicPath, clockAheadMs }: SettingsInForce): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  if (clockAheadMs !== 0) {
    findings.push(
      clock.error(
        `The setting \`clock\` is ${clockAheadMs} ms ahead of this machine.`,
        'leave it out: it is for tests',
      ),
    )
  }
  const asked = Date.now()
  const session = await ask(`${origin}${publicPath}/session`)
  if (session instanceof Error) {
    const { message } = describe(session)
    return [
      ...findings,
      server.advice(
        `${origin} was not reached (${message}): cookies, headers and the clock were not seen from outside.`,
        'start the server, and look again; or say --offline',
      ),
    ]
  }
  findings.push(...judgeClock(session.headers.get('date'), asked, Date.now()))
  const body = await session.text()
  if (session.status !== 200 || !body.includes('"anonymous"')) {
    const mend =
      'lead this path to the server, and set `basePath` and `publicPath` to what it is called inside and outside'
    return [
      ...findings,
      server.error(`${origin}${publicPath}/session answers ${session.status}, which is not Sallyport.`, mend),
    ]
  }
  findings.push(server.ok(`${origin}${publicPath} answers.`), ...judgeHeaders(session.headers, origin))
  const logout = await ask(`${origin}${publicPath}/logout`, { method: 'POST', headers: { origin } })
  if (!(logout instanceof Error)) findings.push(...judgeLogout(logout, origin))
  return findings
}

async function ask(url: string, init: RequestInit = {}): Promise<Response | Error> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function judgeLogout(logout: Response, origin: string): readonly Finding[] {
  if (logout.status === 204) return judgeCookies(logout.headers.getSetCookie(), origin, 'as it arrives')
  const mend = 'let what stands in front hand `Origin` and the method on as they are'
  return [server.error(`A request of our own page is answered with ${logout.status}.`, mend)]
}

function judgeHeaders(headers: Headers, origin: string): readonly Finding[] {
  const findings: Finding[] = []
  if (!headers.get('cache-control')?.includes('no-store') || Number(headers.get('age') ?? 0) > 0) {
    findings.push(
      server.error('Answers are kept in a cache on the way, where others get them.', 'switch it off for this path'),
    )
  }
  if (origin.startsWith('https:') && !headers.has('strict-transport-security')) {
    findings.push(
      server.warning(
        'A first visit by http can be read and changed on the way.',
        'send Strict-Transport-Security: max-age=31536000',
      ),
    )
  }
  return findings
}

/** The server's clock, to the second of its `Date` header. */
function judgeClock(date: string | null, asked: number, answered: number): readonly Finding[] {
  const at = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(at)) return []
  const ahead = at + 999 < asked ? at - asked : at > answered ? at - answered : 0
  if (Math.abs(ahead) <= skewMs) return [clock.ok('The clocks of the server and of this machine agree.')]
  const text = `The server’s clock is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine’s.`
  return [clock.error(text, 'synchronise both (NTP): codes of authenticators and log-ins elsewhere fail')]
}
