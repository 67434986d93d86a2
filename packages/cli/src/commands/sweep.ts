import type { Command } from '../command.ts'
import { authOf } from '../users.ts'

const batch = 1000

export const sweep: Command = {
  name: 'sweep',
  summary: 'forget what has expired, in batches',
  options: { limit: { type: 'string', value: 'N', summary: 'at most so many: all if it is left out' } },
  async run(call) {
    const { args, out } = call
    const limit = args.count('limit') ?? Number.POSITIVE_INFINITY
    const auth = await authOf(call)
    let forgotten = 0
    let isDone = false
    while (!isDone && forgotten < limit) {
      const wanted = Math.min(batch, limit - forgotten)
      const count = await auth.sweep(wanted)
      forgotten += count
      isDone = count < wanted
      out.progress(`${forgotten} forgotten`)
    }
    out.line(`${forgotten} forgotten${isDone ? '' : '; there may be more'}.`)
    out.document({ forgotten, isDone })
  },
}
