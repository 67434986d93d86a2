import type { Application } from '../application.ts'
import type { Call, Command } from '../command.ts'
import { type Finding, lookAt, type Severity } from '../doctor/finding.ts'
import { lookAtCookies } from '../doctor/cookies.ts'
import { lookAtEnvironment } from '../doctor/environment.ts'
import { lookAtProviders } from '../doctor/providers.ts'
import { lookAtProxies } from '../doctor/proxies.ts'
import { lookAtServer } from '../doctor/live.ts'
import { lookAtSettings } from '../doctor/settings.ts'
import { lookAtStore } from '../doctor/store.ts'
import { exitCodes } from '../failure.ts'

const severities: readonly Severity[] = ['ok', 'advice', 'warning', 'error']

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at settings, store, providers, clock, proxies and cookies; exit code 1 when something is wrong',
  options: {
    offline: { type: 'boolean', summary: 'do not ask the server at its public origin' },
    quiet: { type: 'boolean', short: 'q', summary: 'leave out what is well' },
  },
  notes: ['error: does not work, or is not safe. warning: see to it. advice: think about it.'],
  async run(call) {
    const findings = await lookAround(call)
    const { out, args } = call
    const shown = args.has('quiet') ? findings.filter(({ severity }) => severity !== 'ok') : findings
    for (const { severity, area, message, mend } of shown) {
      out.line(`${severity.padEnd(7)}  ${area.padEnd(9)}  ${message}`)
      if (mend !== undefined) out.line(`${' '.repeat(20)}mend: ${mend}`)
    }
    const counts = Object.fromEntries(
      severities.map((wanted) => [wanted, findings.filter(({ severity }) => severity === wanted).length]),
    )
    const total = (severity: Severity, name: string) =>
      `${counts[severity] ?? 0} ${name}${counts[severity] === 1 ? '' : 's'}`
    out.line('', `${total('error', 'error')}, ${total('warning', 'warning')}, ${total('advice', 'suggestion')}.`)
    out.document({ findings: shown, counts })
    return counts['error'] === 0 ? exitCodes.ok : exitCodes.failed
  },
}

async function lookAround({ application, args, out, terminal }: Call): Promise<readonly Finding[]> {
  const secrets = await lookAt('secrets', () => lookAtEnvironment(terminal.cwd))
  // A module that can't be loaded, or exports no `auth`, is what there is to say.
  let parts: Pick<Application, 'auth' | 'storage'> | undefined
  const failures = await lookAt('settings', async () => {
    const { auth, storage } = await application()
    parts = { auth, storage }
    return []
  })
  if (parts === undefined) return [...failures, ...secrets]
  const { auth, storage } = parts
  const settings = await auth.operator.settings()
  out.progress('asking the store')
  const store = await lookAt('store', () => lookAtStore(auth, storage))
  const isStoreThere = store.every(({ severity }) => severity !== 'error')
  return [
    ...lookAtSettings(settings),
    ...secrets,
    ...store,
    // What is kept in the store can't be asked for without it.
    ...(isStoreThere ? await lookAt('providers', () => lookAtProviders(auth, out.progress)) : []),
    ...(isStoreThere ? await lookAt('proxies', () => lookAtProxies(auth, settings)) : []),
    ...(await lookAt('cookies', () => lookAtCookies(auth, settings))),
    ...(args.has('offline') ? [] : await lookAt('server', () => lookAtServer(settings))),
  ]
}
