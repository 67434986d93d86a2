import type { Auth } from '@sallyport/core'
import type { Command } from './command.ts'
import { confirm, yesOption } from './confirm.ts'
import { exitCodes, misused } from './failure.ts'
import { authOf, userOf } from './users.ts'

/** What a user has several of. */
interface Revocable {
  readonly name: string
  readonly summary: string
  /** What one of them is called. */
  readonly what: string
  readonly one: (auth: Auth, userId: string, id: string) => Promise<boolean>
  readonly all: (auth: Auth, userId: string) => Promise<void>
}

/** Ends some of what a user has, by id, or all of it. */
export function revokeCommand({ name, summary, what, one, all }: Revocable): Command {
  return {
    name,
    summary,
    positionals: ['USER', 'ID?…'],
    options: { all: { type: 'boolean', summary: 'all of them, with one write' }, ...yesOption },
    async run(call) {
      const { args, out } = call
      const ids = args.rest('ID')
      if (args.has('all') === ids.length > 0) throw misused(`Which ${what}s?`, 'name their ids, or say --all')
      const auth = await authOf(call)
      const user = await userOf(auth, args.positional('USER'))
      if (ids.length === 0) {
        await confirm(call, `End every ${what} of ${user.username}`)
        await all(auth, user.id)
        out.line(`Every ${what} of ${user.username} is dead.`)
        out.document({ revoked: 'all' })
        return exitCodes.ok
      }
      const outcomes = await Promise.all(ids.map(async (id) => ({ id, wasThere: await one(auth, user.id, id) })))
      for (const { id, wasThere } of outcomes) {
        out.line(wasThere ? `${id} is dead.` : `${user.username} has no ${what} ${id}.`)
      }
      const ofKind = (wanted: boolean) => outcomes.filter(({ wasThere }) => wasThere === wanted).map(({ id }) => id)
      out.document({ revoked: ofKind(true), notFound: ofKind(false) })
      return ofKind(false).length === 0 ? exitCodes.ok : exitCodes.failed
    },
  }
}
