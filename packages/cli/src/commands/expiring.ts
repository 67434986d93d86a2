import type { ApiToken, User } from '@sallyport/core'
import type { Command } from '../command.ts'
import { everyItem } from '../pages.ts'
import { readDuration } from '../time.ts'
import { authOf } from '../users.ts'
import { apiTokenHeadings, apiTokenJson, apiTokenRow } from './api-tokens.ts'

interface Expiring {
  readonly user: User
  readonly apiToken: ApiToken
}

/** The API tokens of all users that end soon. */
export const expiring: Command = {
  name: 'api-tokens expiring',
  summary: 'list the API tokens of all users that end soon, the first to end first',
  options: { within: { type: 'string', value: 'DURATION', summary: 'how soon, as in 30d: 30d if left out' } },
  async run(call) {
    const { args, out } = call
    const until = Date.now() + readDuration('within', args.text('within') ?? '30d')
    const auth = await authOf(call)
    const found: Expiring[] = []
    let users = 0
    for await (const user of everyItem((query) => auth.users.list(query))) {
      for await (const apiToken of everyItem((query) => auth.apiTokens.list(user.id, query))) {
        if (apiToken.expiresAt <= until) found.push({ user, apiToken })
      }
      if (++users % 20 === 0) out.progress(`${users} users, ${found.length} API tokens`)
    }
    found.sort((a, b) => a.apiToken.expiresAt - b.apiToken.expiresAt)
    if (found.length === 0) out.line(`None of ${users} users has an API token that ends so soon.`)
    else
      out.table(
        ['USER', ...apiTokenHeadings],
        found.map(({ user, apiToken }) => [user.username, ...apiTokenRow(apiToken)]),
      )
    const items = found.map(({ user: { id, username }, apiToken }) => ({
      user: { id, username },
      ...apiTokenJson(apiToken),
    }))
    out.document({ items, users })
  },
}
