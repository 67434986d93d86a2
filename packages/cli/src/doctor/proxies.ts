import type { Auth, SettingsInForce } from '@sallyport/core'
import { type Finding, reporter } from './finding.ts'

const { ok, advice, error } = reporter('proxies')
const lookBack = 1000

/** Whether addresses of clients can be believed, by the settings and by what happened. */
export async function lookAtProxies(auth: Auth, settings: SettingsInForce): Promise<readonly Finding[]> {
  const { trustedProxies, auditMs } = settings
  const findings: Finding[] = []
  if (trustedProxies.length > 0) findings.push(ok(`Addresses are believed that ${trustedProxies.join(', ')} forward.`))
  for (const peer of auditMs === undefined ? [] : await unlistedPeers(auth)) {
    findings.push(
      error(
        `${peer} forwards requests without being listed: all its clients count as nobody, and none is limited.`,
        `trustedProxies: [${JSON.stringify(peer)}], if it is a proxy of yours`,
      ),
    )
  }
  if (findings.length > 0) return findings
  return [
    advice(
      'No proxy is listed. If one stands in front of the server, every client has its address.',
      'list it: trustedProxies: ["10.0.0.0/8"]',
    ),
  ]
}

/** Peers that the trail names; none when nothing is kept. */
async function unlistedPeers(auth: Auth): Promise<readonly string[]> {
  const { items } = await auth.events.list({ limit: lookBack })
  return [...new Set(items.flatMap((event) => (event.type === 'proxy.unlisted' ? [event.peer] : [])))]
}
