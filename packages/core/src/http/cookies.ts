import type { DeviceMarker } from '../known-device.ts'
import type { ProviderLoginStarted } from '../providers.ts'
import type { Locked, Unlocked } from '../sign-in.ts'
import type { IssuedDevice } from '../trusted-device.ts'
import type { RouteDeps } from './deps.ts'

/** `Set-Cookie` values, for an application whose own routes answer log-ins. `HttpOnly`, and bound to our origin. */
export interface Cookies {
  /** Carries the token of a log-in, an unlock or a renewal; kept by the browser if it is to be remembered. */
  token(result: Unlocked | Locked): string
  /** Trusts the browser, with what an unlock has given for it. */
  device(device: IssuedDevice): string
  /** Marks the browser as one that the user has logged in from, with the `marker` of an unlocked log-in. */
  known(marker: DeviceMarker): string
  /** Removes the token. */
  clear(): string
  /** Binds a log-in at a provider to the browser that started it. */
  browser(started: ProviderLoginStarted): string
}

/** The cookies of an origin. */
export function createCookies(deps: Pick<RouteDeps, 'jar' | 'now'>): Cookies {
  return {
    token: (result) =>
      tokenCookie(deps, result, result.status === 'locked' ? result.remember : result.session.remember),
    device: ({ token, expiresAt }) => deps.jar.writeDevice(token.reveal(), expiresAt - deps.now()),
    known: ({ value, lifetimeMs }) => deps.jar.writeKnown(value.reveal(), lifetimeMs),
    clear: deps.jar.clear,
    browser: ({ browser, lifetimeMs }) => deps.jar.writeBrowser(browser.reveal(), lifetimeMs),
  }
}

/** The cookie that carries a new token. */
export function tokenCookie(
  { jar, now }: Pick<RouteDeps, 'jar' | 'now'>,
  result: Unlocked | Locked,
  remember: boolean,
): string {
  const expiresAt = result.status === 'unlocked' ? result.session.expiresAt : result.expiresAt
  return jar.write(result.token.reveal(), remember ? expiresAt - now() : undefined)
}
