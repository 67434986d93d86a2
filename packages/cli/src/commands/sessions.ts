import type { Session } from '@sallyport/core'
import type { Command } from '../command.ts'
import { instant, shortly } from '../output.ts'
import { pageOptions, readPages } from '../pages.ts'
import { revokeCommand } from '../revoke.ts'
import { authOf, userOf } from '../users.ts'

const list: Command = {
  name: 'sessions list',
  summary: 'list the live sessions of a user',
  positionals: ['USER'],
  options: pageOptions,
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const { id } = await userOf(auth, args.positional('USER'))
    const { items, next } = await readPages(
      args,
      (query) => auth.sessions.list(id, query),
      () => {},
    )
    if (items.length === 0) out.line('There are none.')
    else out.table(['ID', 'CREATED', 'LAST SEEN', 'ADDRESS', 'METHODS', 'USER AGENT'], items.map(row))
    if (next !== undefined) out.line(`There are more: --cursor ${next}`)
    out.document({ items: items.map(sessionJson), next })
  },
}

const revoke: Command = revokeCommand({
  name: 'sessions revoke',
  summary: 'end sessions of a user',
  what: 'session',
  one: (auth, userId, id) => auth.sessions.revoke(userId, id),
  all: (auth, userId) => auth.sessions.revokeAll(userId),
})

function row({ id, createdAt, lastSeenAt, address, methods, userAgent }: Session): readonly string[] {
  return [id, shortly(createdAt), shortly(lastSeenAt), address ?? '-', methods.join(','), userAgent ?? '-']
}

function sessionJson({ id, address, userAgent, methods, ...times }: Session): object {
  const { createdAt, authenticatedAt, lastSeenAt, expiresAt } = times
  return {
    id,
    createdAt: instant(createdAt),
    authenticatedAt: instant(authenticatedAt),
    lastSeenAt: instant(lastSeenAt),
    expiresAt: instant(expiresAt),
    address,
    userAgent,
    methods,
  }
}

export const sessions: readonly Command[] = [list, revoke]
