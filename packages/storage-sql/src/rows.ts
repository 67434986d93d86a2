import type { Entry, Owned } from '@sallyport/core'
import { decodeData } from './data.ts'
import type { Row } from './driver.ts'

/** The entry in a row. `prefix` stands before its columns' names. */
export function entryOf(kind: string, id: string, row: Row, prefix = ''): Entry {
  const expiresAt = row[`${prefix}expires_at`] ?? null
  return {
    kind,
    id,
    owner: (row[`${prefix}owner`] ?? null) as string | null,
    expiresAt: expiresAt === null ? null : Number(expiresAt),
    version: Number(row[`${prefix}version`]),
    data: decodeData(row[`${prefix}data`] as string),
  }
}

/** The entry in a row, and its owner's from the columns beside it. */
export function ownedOf(kind: string, id: string, row: Row): Owned {
  const entry = entryOf(kind, id, row)
  const hasOwner = entry.owner !== null && (row['user_version'] ?? null) !== null
  return { entry, owner: hasOwner ? entryOf('user', entry.owner, row, 'user_') : undefined }
}
