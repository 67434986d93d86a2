import type { User } from '../user.ts'
import type { UserStates } from '../user-state.ts'
import type { AdministeredUser } from './administration.ts'

/** A user with what Sallyport keeps of them besides. */
export async function describeUser(states: Pick<UserStates, 'get'>, user: User): Promise<AdministeredUser> {
  const state = (await states.get(user.id))?.data
  return {
    user,
    createdAt: state?.profile?.createdAt,
    disabledAt: state?.disabledAt ?? undefined,
    mfa: state?.mfa ?? undefined,
    hasPassword: (state?.password ?? null) !== null,
  }
}
