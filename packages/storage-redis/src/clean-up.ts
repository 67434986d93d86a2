import { dueMember, idMember, type Insertion, type Layout, parseDueMember, parseIdMember } from './layout.ts'
import type { Calls } from './calls.ts'
import { evaluate } from './evaluate.ts'
import { type Send, textOf } from './redis.ts'
import * as scripts from './scripts.ts'

const batch = 500
// So few, that a validation which waits behind them does not notice.
const sweepBatch = 20
// When to look again whether an entry that never expires, or was about to be inserted, is there.
const lookAgainMs = 7 * 86_400_000

/**
 * Writes the members of an insertion, before its entry. From then on they are found; they leave together with the
 * entry, or once its time has come and there is none: never because there is none yet.
 */
export async function enlist(
  send: Send,
  layout: Layout,
  insertion: Insertion,
  expiresAt: number | null,
  now: number,
): Promise<void> {
  const due = layout.dueOf(insertion.id)
  // First, for it is what leads `sweep` to the others.
  await send(due, ['ZADD', due, String(expiresAt ?? now + lookAgainMs), dueMember(insertion)])
  const member = idMember(insertion)
  await Promise.all(placesOf(layout, insertion).map((key) => send(key, ['ZADD', key, '0', member])))
}

/** Removes the members of insertions whose entries are gone for good, and says how many insertions that were. */
export async function strike(send: Send, layout: Layout, insertions: readonly Insertion[]): Promise<number> {
  const places = new Map<string, string[]>()
  const due = new Map<string, string[]>()
  for (const insertion of insertions) {
    for (const key of placesOf(layout, insertion)) add(places, key, idMember(insertion))
    add(due, layout.dueOf(insertion.id), dueMember(insertion))
  }
  const remove = ([key, members]: [string, string[]]) => send(key, ['ZREM', key, ...members])
  await Promise.all([...places].map(remove))
  // Last, as it was the first.
  const counts = await Promise.all([...due].map(remove))
  return counts.reduce<number>((sum, count) => sum + Number(count), 0)
}

function placesOf(layout: Layout, { kind, id, owner }: Insertion): string[] {
  const ids = layout.ids(kind, id.charAt(0))
  return owner === null ? [ids] : [ids, layout.owned(kind, owner)]
}

function add(groups: Map<string, string[]>, key: string, member: string): void {
  const group = groups.get(key)
  if (group) group.push(member)
  else groups.set(key, [member])
}

/** Removes the entries of a kind that an owner has, but for one id. */
export async function removeAll(
  { send, sendOnce }: Calls,
  layout: Layout,
  kind: string,
  owner: string,
  except: string | undefined,
): Promise<number> {
  const key = layout.owned(kind, owner)
  let count = 0
  for (let start = '-'; ; ) {
    const members = (await send(key, ['ZRANGEBYLEX', key, start, '+', 'LIMIT', '0', String(batch)])) as string[]
    const removed = await Promise.all(
      members.map(async (member): Promise<readonly Insertion[]> => {
        const [id, mark] = parseIdMember(member)
        if (id === except) return []
        const done = await evaluate(sendOnce, scripts.remove, layout.entry(kind, id), mark)
        return Number(done) === 1 ? [{ kind, id, owner, mark }] : []
      }),
    )
    const insertions = removed.flat()
    count += insertions.length
    if (insertions.length > 0) await strike(send, layout, insertions)
    if (members.length < batch) return count
    start = `(${members.at(-1)}`
  }
}

/** Forgets at most `limit` entries whose time has come. Stops early, to be called again, once `until` has passed. */
export async function sweep(
  { send }: Calls,
  layout: Layout,
  limit: number,
  now: number,
  until: number,
): Promise<number> {
  const waiting = await Promise.all(layout.due.map((key) => send(key, ['ZCOUNT', key, '-inf', String(now)])))
  let forgotten = 0
  for (const key of layout.due.filter((_, index) => Number(waiting[index]) > 0)) {
    for (;;) {
      const count = Math.min(sweepBatch, limit - forgotten)
      if (count <= 0 || performance.now() > until) return forgotten
      const range = ['ZRANGEBYSCORE', key, '-inf', String(now), 'LIMIT', '0', String(count)]
      const members = (await send(key, range)) as string[]
      if (members.length === 0) break
      forgotten += await settle(send, layout, key, members, now)
    }
  }
  return forgotten
}

/** Ends what is over, and puts off what is not until its present expiry. Either way it is no longer due. */
async function settle(
  send: Send,
  layout: Layout,
  due: string,
  members: readonly string[],
  now: number,
): Promise<number> {
  const over: Insertion[] = []
  const later: string[] = []
  await Promise.all(
    members.map(async (member) => {
      const insertion = parseDueMember(member)
      const key = layout.entry(insertion.kind, insertion.id)
      const expiresAt = textOf(await evaluate(send, scripts.expire, key, insertion.mark, String(now)))
      if (expiresAt === undefined) over.push(insertion)
      else later.push(expiresAt === 'null' ? String(now + lookAgainMs) : expiresAt, member)
    }),
  )
  if (later.length > 0) await send(due, ['ZADD', due, 'XX', ...later])
  return over.length > 0 ? strike(send, layout, over) : 0
}
