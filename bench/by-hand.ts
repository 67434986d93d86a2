import { hash } from 'node:crypto'
import { someCookie } from './setting.ts'

interface HandWrittenSession {
  readonly username: string
  readonly expiresAt: number
}

const digest = (token: string) => hash('sha256', token, 'base64url')
const token = someCookie.cookie.slice('sallyport='.length)
const sessions = new Map([[digest(token), { username: 'ada', expiresAt: Date.now() + 3_600_000 }]])

/**
 * The least that a check of a session can be, written by hand for one application: a cookie, one SHA-256, one look into a
 * Map behind a promise, the time. No stamp, user, permission, refusal or other place for a token: what is as fast as this
 * has nothing left to save.
 */
export async function checkByHand(cookie = ''): Promise<HandWrittenSession | undefined> {
  const presented = /(?:^|; ?)sallyport=([^;]*)/.exec(cookie)?.[1] ?? ''
  const session = await Promise.resolve(sessions.get(digest(presented)))
  return session !== undefined && Date.now() < session.expiresAt ? session : undefined
}
