import type { Entry, Owned } from '@sallyport/core'
import { decodeData } from './data.ts'
import type { Row } from './driver.ts'

/** The names of an entry's columns in a row. */
interface Columns {
  readonly owner: string
  readonly expiresAt: string
  readonly version: string
  readonly data: string
}

// Put together once: for every row it would take longer than all the rest.
const columnsOf = (prefix: string): Columns => ({
  owner: `${prefix}owner`,
  expiresAt: `${prefix}expires_at`,
  version: `${prefix}version`,
  data: `${prefix}data`,
})
const own = columnsOf('')
const ofUser = columnsOf('user_')

/** The entry in a row. */
export function entryOf(kind: string, id: string, row: Row, columns: Columns = own): Entry {
  const expiresAt = row[columns.expiresAt] ?? null
  return {
    kind,
    id,
    owner: (row[columns.owner] ?? null) as string | null,
    expiresAt: expiresAt === null ? null : Number(expiresAt),
    version: Number(row[columns.version]),
    data: decodeData(row[columns.data] as string),
  }
}

/** The entry in a row, and its owner's from the columns beside it. */
export function ownedOf(kind: string, id: string, row: Row): Owned {
  const entry = entryOf(kind, id, row)
  const hasOwner = entry.owner !== null && (row[ofUser.version] ?? null) !== null
  return { entry, owner: hasOwner ? entryOf('user', entry.owner, row, ofUser) : undefined }
}
