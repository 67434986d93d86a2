import type { Entry, Owned } from '@sallyport/core'
import type { Layout } from './layout.ts'
import { decode } from './record.ts'
import type { Send } from './redis.ts'
import * as scripts from './scripts.ts'

/** The entry under a key. */
export async function get(send: Send, layout: Layout, kind: string, id: string): Promise<Entry | undefined> {
  const key = layout.entry(kind, id)
  const text = await send(key, ['GET', key])
  return text === null ? undefined : decode(kind, id, String(text)).entry
}

/** The entry and its owner at one moment, in one round trip. It reads a second key: not for a cluster. */
export async function getWithOwner(send: Send, layout: Layout, kind: string, id: string): Promise<Owned | undefined> {
  const key = layout.entry(kind, id)
  const reply = await scripts.run(send, scripts.getWithOwner, key, layout.baseEnd(kind, id))
  if (reply === null) return undefined
  const [text, ownerText = null] = reply as [unknown, unknown]
  const { entry } = decode(kind, id, String(text))
  const owner =
    entry.owner === null || ownerText === null ? undefined : decode('user', entry.owner, String(ownerText)).entry
  return { entry, owner }
}

/** The entry and then its owner, in two round trips: on a cluster they are on different servers. */
export async function getThenOwner(send: Send, layout: Layout, kind: string, id: string): Promise<Owned | undefined> {
  const entry = await get(send, layout, kind, id)
  if (entry === undefined) return undefined
  // In this order: an owner read first could be older than what the entry was written for.
  const owner = entry.owner === null ? undefined : await get(send, layout, 'user', entry.owner)
  return { entry, owner }
}
