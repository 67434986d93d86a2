import type { Principal } from '@sallyport/core'
import { goodPassword } from '../house.ts'
import type { Answer, MfaSettings } from '../mfa/mfa-house.ts'
import { accountHouse, type AccountHouse } from './account-house.ts'

/** An installation with an administrator `root`, and a recent session of theirs. */
export interface AdminHouse extends AccountHouse {
  readonly root: { readonly token: string; readonly principal: Principal }
  /** A request to a route under `/admin`, as root or by another token. */
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
}

/** Roles are permissions here; `admin` may administer and read. */
export async function adminHouse(settings: MfaSettings = {}): Promise<AdminHouse> {
  const there = await accountHouse({
    permissions: ({ roles }) =>
      roles.flatMap((role) => (role === 'admin' ? ['sallyport:admin', 'reader', 'editor'] : [role])),
    ...settings,
  })
  const known = await there.auth.users.findByLogin('root')
  if (known === undefined) await there.auth.users.create({ username: 'root', password: goodPassword, roles: ['admin'] })
  const root = await there.logIn('root')
  return {
    ...there,
    root,
    ask: (method, path, body, token = root.token) => there.send(method, `/admin${path}`, body, token),
  }
}
