import type { Client } from './client.ts'
import type { Clock } from './collection.ts'
import { sha256 } from './hash.ts'
import type { Keys } from './keys.ts'
import { type Secret, secret } from './secret.ts'
import { randomText } from './token.ts'
import type { UserState } from './user-state.ts'

/** Who is to be known, and under which epoch: with a new one every device is a stranger's again. */
interface KnownTo {
  readonly id: string
  readonly data: Pick<UserState, 'epoch'>
}

/** A marker for the browser to keep. */
export interface DeviceMarker {
  readonly value: Secret
  readonly lifetimeMs: number
}

/**
 * Devices in which a user has logged in, by a marker that nothing is stored of. It is no credential: all that it does is
 * that guesses from there are counted by themselves, so that somebody else's lock nobody out of their own device.
 */
export interface KnownDevices {
  /** The device that a marker is of, if it is one of this user. */
  idOf(marker: string | undefined, user: KnownTo): string | undefined
  /** A new marker for a browser; `undefined` when the one that is there will do. */
  mark(client: Pick<Client, 'known' | 'isBrowser'>, user: KnownTo): DeviceMarker | undefined
}

/** How long a device is known, in milliseconds. */
export const lifetimeMs: number = 180 * 24 * 60 * 60_000
const format = /^([\w-]{22})\.([0-9a-z]{8,9})\.([\w-]{13})$/

/** The known devices of an installation: markers under its keys. */
export function createKnownDevices(keys: Pick<Keys, 'stamp' | 'judge'>, now: Clock): KnownDevices {
  // No token begins like this: their stamps are no marker's.
  const textOf = ({ id, data }: KnownTo, device: string, at: string) =>
    `known-device:${sha256(`${data.epoch}\n${id}`)}:${device}:${at}`

  function read(
    marker: string | undefined,
    user: KnownTo,
  ): { readonly device: string; readonly age: number } | undefined {
    const [, device, at, stamp] = format.exec(marker ?? '') ?? []
    if (device === undefined || at === undefined || stamp === undefined) return undefined
    const age = now() - Number.parseInt(at, 36)
    if (age > lifetimeMs || keys.judge(textOf(user, device, at), stamp) !== 'right') return undefined
    return { device, age }
  }

  return {
    idOf: (marker, user) => read(marker, user)?.device,

    mark({ known, isBrowser = true }, user) {
      if (!isBrowser) return undefined
      const found = read(known, user)
      if (found !== undefined && found.age < lifetimeMs / 2) return undefined
      const device = found?.device ?? randomText(16)
      const at = now().toString(36)
      return { value: secret(`${device}.${at}.${keys.stamp(textOf(user, device, at))}`), lifetimeMs }
    },
  }
}
