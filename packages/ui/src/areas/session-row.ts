import type { Session } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import type { Row } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import { deviceOf } from '../look/user-agent.ts'
import type { PageRequest } from '../request.ts'

/** What somebody calls a device, from what it says of itself. */
export function deviceName({ say }: Pick<PageRequest, 'say'>, userAgent: string | undefined): string {
  const { browser, system } = deviceOf(userAgent)
  if (browser !== undefined && system !== undefined) return say('device.both', { browser, system })
  return browser ?? system ?? (userAgent?.slice(0, 60) || say('device.unknown'))
}

/** A session in a list, with what can be done with it; `actions` is given what its device is called. */
export function sessionRow(
  request: PageRequest,
  { userAgent, address, lastSeenAt, createdAt, expiresAt }: Session,
  actions: (name: string) => Content,
): Row {
  const { say } = request
  const name = deviceName(request, userAgent)
  return {
    icon: deviceOf(userAgent).isHandheld ? 'phone' : 'devices',
    title: html`<span title="${userAgent}">${name}</span>`,
    facts: [
      html`${where(address)}${say('sessions.seen')} ${ago(request, lastSeenAt)}`,
      html`${say('sessions.since')} ${on(request, createdAt)} · ${say('expires')} ${on(request, expiresAt)}`,
    ],
    actions: actions(name),
  }
}

/** Where something came from, in front of what else there is to know of it. */
export function where(address: string | undefined): Content {
  return address !== undefined && html`${address} · `
}
