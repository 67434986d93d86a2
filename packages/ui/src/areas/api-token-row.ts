import type { ApiToken } from '@sallyport/core'
import { type Content, html } from '../html.ts'
import type { Row } from '../look/parts.ts'
import { ago, on } from '../look/times.ts'
import type { PageRequest } from '../request.ts'

/** An API token in a list, with what can be done with it. */
export function apiTokenRow(request: PageRequest, token: ApiToken, actions: Content): Row {
  const { say } = request
  const { name, createdAt, expiresAt, lastUsedAt, previousExpiresAt, scopes } = token
  const used = lastUsedAt === undefined ? say('never-used') : html`${say('used')} ${ago(request, lastUsedAt)}`
  const isOverlapping = previousExpiresAt !== undefined && previousExpiresAt > Date.now()
  return {
    icon: 'key',
    title: name,
    isBad: true,
    badge: expiresAt <= Date.now() && say('api-tokens.expired'),
    facts: [
      html`${used} · ${say('made')} ${on(request, createdAt)} · ${say('expires')} ${on(request, expiresAt)}`,
      scopes === undefined ? say('api-tokens.all') : say('api-tokens.only', { scopes: scopes.join(', ') || '–' }),
      isOverlapping && html`${say('api-tokens.old-until')} ${ago(request, previousExpiresAt)}`,
    ],
    actions,
  }
}
