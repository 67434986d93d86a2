import type { Revocable, RevocationBatch, RevocationCondition } from '@sallyport/core'
import type { Call, Command } from '../command.ts'
import { confirm, yesOption } from '../confirm.ts'
import { misused } from '../failure.ts'
import { instant } from '../output.ts'
import { readInstant } from '../time.ts'
import { authOf, userOf } from '../users.ts'

const kinds = { sessions: ['sessions'], 'api-tokens': ['apiTokens'] } as const

const where: Command = {
  name: 'revoke',
  summary: 'end the sessions and API tokens of all users that meet every condition',
  options: {
    user: { type: 'string', value: 'USER', summary: 'whose' },
    address: { type: 'string', value: 'ADDRESS', summary: 'issued to this address or network, as in 192.0.2.0/24' },
    'issued-before': {
      type: 'string',
      value: 'WHEN',
      summary: 'issued before, as in 2027-01-31, or longer ago than 90d',
    },
    'user-agent': { type: 'string', value: 'TEXT', summary: 'issued to a user agent with this text in it' },
    only: { type: 'string', value: 'KIND', choices: Object.keys(kinds), summary: 'of one kind' },
    'dry-run': { type: 'boolean', summary: 'end nothing, and say what would be' },
    ...yesOption,
  },
  async run(call) {
    const { args, out } = call
    const isDry = args.has('dry-run')
    const condition = await conditionOf(call)
    if (Object.values(condition).every((value) => value === undefined)) {
      throw misused('Which ones?', 'give a condition; `sallyport revoke everyone` ends all')
    }
    if (!isDry) await confirm(call, 'End everything that meets this')
    const auth = await authOf(call)
    const of = kinds[(args.text('only') ?? '') as keyof typeof kinds]
    const total = { examined: 0, matched: 0, revoked: 0 }
    const sample: Revocable[] = []
    let cursor: string | undefined
    do {
      const batch: RevocationBatch = await auth.revocations.byCondition(condition, { of, dryRun: isDry, cursor })
      for (const name of ['examined', 'matched', 'revoked'] as const) total[name] += batch[name]
      sample.push(...batch.sample.slice(0, 10 - sample.length))
      cursor = batch.next
      out.progress(`${total.examined} examined, ${total.matched} match`)
    } while (cursor !== undefined)
    for (const { kind, id, userId, createdAt, address } of sample) {
      out.line(
        `${kind === 'sessions' ? 'session' : 'API token'}  ${id}  of ${userId}  ${instant(createdAt)}  ${address ?? '-'}`,
      )
    }
    if (total.matched > sample.length) out.line(`… and ${total.matched - sample.length} more`)
    out.line(`${total.examined} examined, ${total.matched} match, ${total.revoked} ended.`)
    out.document({ ...total, sample: sample.map((one) => ({ ...one, createdAt: instant(one.createdAt) })) })
  },
}

const everyone: Command = {
  name: 'revoke everyone',
  summary: 'end every session of every user',
  options: { 'api-tokens': { type: 'boolean', summary: 'their API tokens too' }, ...yesOption },
  async run(call) {
    const { args, out } = call
    const apiTokens = args.has('api-tokens')
    await confirm(call, `End every session${apiTokens ? ' and every API token' : ''} of every user`)
    const auth = await authOf(call)
    let users = 0
    let cursor: string | undefined
    do {
      const batch = await auth.revocations.everyone({ apiTokens, cursor, limit: 500 })
      users += batch.users
      cursor = batch.next
      out.progress(`${users} users`)
    } while (cursor !== undefined)
    out.line(`Everything of ${users} users is dead.`)
    out.document({ users })
  },
}

async function conditionOf(call: Call): Promise<RevocationCondition> {
  const { args } = call
  const [user, before] = [args.text('user'), args.text('issued-before')]
  return {
    user: user === undefined ? undefined : (await userOf(await authOf(call), user)).id,
    address: args.text('address'),
    issuedBefore: before === undefined ? undefined : readInstant('issued-before', before, 'ago'),
    userAgent: args.text('user-agent'),
  }
}

export const revocations: readonly Command[] = [where, everyone]
