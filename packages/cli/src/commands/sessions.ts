import type { Session } from '@sallyport/core'
import type { Command } from '../command.ts'
import { instant, shortly } from '../output.ts'
import { pageOptions, readPages, showPage } from '../pages.ts'
import { revokeCommand } from '../revoke.ts'
import { authOf, userOf } from '../users.ts'

const headings = ['ID', 'CREATED', 'LAST SEEN', 'ADDRESS', 'METHODS', 'USER AGENT']

const list: Command = {
  name: 'sessions list',
  summary: 'list the live sessions of a user',
  positionals: ['USER'],
  options: pageOptions,
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const { id } = await userOf(auth, args.positional('USER'))
    const find = (query: object) => auth.sessions.list(id, query)
    showPage(out, await readPages(args, find, () => {}), headings, row, sessionJson)
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
