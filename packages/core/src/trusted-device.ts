import { type Clock, collection, hasExpired } from './collection.ts'
import type { Client } from './client.ts'
import type { Emit } from './events.ts'
import { type Owner, ownerOf } from './issuer.ts'
import type { Secret } from './secret.ts'
import type { Entry, Page, Storage } from './storage.ts'
import { equalTexts } from './hash.ts'
import type { Tokens } from './token.ts'
import type { UserEntry, UserState, UserStates } from './user-state.ts'

/** What storage keeps of a trusted device. */
interface DeviceData {
  readonly hash: string
  readonly epoch: string
  readonly deviceEpoch: string
  readonly passwordSetAt: number | null
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly address: string | null
  readonly userAgent: string | null
}

/** A browser on which the second factor is not asked for again, as it is shown. Times are in milliseconds since the epoch. */
export interface TrustedDevice {
  readonly id: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

/** A device token, which is shown this once and belongs in a cookie of its own. */
export interface IssuedDevice {
  readonly id: string
  readonly token: Secret
  readonly expiresAt: number
}

/** The trusted devices of a user. Somebody else's are not found. */
export interface TrustedDevices {
  list(userId: string, query?: { readonly cursor?: string | undefined }): Promise<Page<TrustedDevice>>
  /** The next log-in there asks for the second factor again; `false` when this user has no such device. Refused to a principal who is not the user: `own_session_required`. */
  revoke(owner: Owner, id: string, from?: Client): Promise<boolean>
}

/** Trust in devices, for the gate. It never stands in for the first factor. */
export interface DeviceTrust extends TrustedDevices {
  /** Trusts the device of a user who has just proven two factors, under the epochs that their proof was read under. */
  trust(owner: UserEntry, client: Client): Promise<IssuedDevice | undefined>
  /** When the second factor was proven there, if this is a trusted device of this very user. */
  trustedAt(owner: UserEntry, client: Client): Promise<number | undefined>
}

const pageSize = 50

/** The trusted devices of a store. Trust ends with a new password, a change of the factors, and any new epoch. */
export function createTrustedDevices(
  storage: Storage,
  now: Clock,
  emit: Emit,
  tokens: Tokens,
  states: UserStates,
  lifetimeMs: number,
): DeviceTrust {
  const entries = collection<DeviceData>('device', storage, now)

  return {
    async trust({ id: userId, data: state }, client) {
      const { token, id, hash } = tokens.mint('device')
      const expiresAt = now() + lifetimeMs
      const data: DeviceData = {
        hash,
        ...marksOf(state),
        createdAt: now(),
        lastUsedAt: now(),
        address: client.address ?? null,
        userAgent: client.userAgent ?? null,
      }
      if (!(await entries.insert({ id, owner: userId, expiresAt, data }))) return undefined
      emit('device.trusted', { userId, deviceId: id }, client)
      return { id, token, expiresAt }
    },

    async trustedAt(owner, { device = '' }) {
      const token = tokens.parse(device)
      const entry = token?.kind === 'device' ? await entries.get(token.id) : undefined
      if (token === undefined || entry === undefined || entry.owner !== owner.id) return undefined
      if (!equalTexts(token.hash, entry.data.hash) || hasExpired(entry, now())) return undefined
      if (!isAlive(entry.data, owner.data)) return undefined
      // Gone in this moment: it was revoked, and the factor is asked for.
      const used = await entries.update(entry.id, ({ data }) => ({ data: { ...data, lastUsedAt: now() } }))
      return used?.data.createdAt
    },

    async list(userId, { cursor } = {}) {
      const state = (await states.get(userId))?.data
      const page = await entries.list({ owner: userId, cursor, limit: pageSize })
      return { ...page, items: page.items.filter(({ data }) => state && isAlive(data, state)).map(toDevice) }
    },

    async revoke(owner, id, from) {
      const userId = ownerOf(owner)
      const entry = await entries.get(id)
      if (entry?.owner !== userId || (await entries.take(id)) === undefined) return false
      emit('device.revoked', { userId, deviceId: id }, from)
      return true
    },
  }
}

function marksOf({
  epoch,
  deviceEpoch,
  password,
}: UserState): Pick<DeviceData, 'epoch' | 'deviceEpoch' | 'passwordSetAt'> {
  return { epoch, deviceEpoch, passwordSetAt: password?.setAt ?? null }
}

function isAlive(data: DeviceData, state: UserState): boolean {
  const { epoch, deviceEpoch, passwordSetAt } = marksOf(state)
  return data.epoch === epoch && data.deviceEpoch === deviceEpoch && data.passwordSetAt === passwordSetAt
}

function toDevice({ id, expiresAt, data }: Entry<DeviceData>): TrustedDevice {
  return {
    id,
    createdAt: data.createdAt,
    lastUsedAt: data.lastUsedAt,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
    address: data.address ?? undefined,
    userAgent: data.userAgent ?? undefined,
  }
}
