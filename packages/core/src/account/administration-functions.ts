import { type CallContext, toClient } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { AdministrativeAct } from '../events.ts'
import { sessionOf } from '../issuer.ts'
import type { Principal } from '../principal.ts'
import type { User } from '../user.ts'
import type {
  AdministeredUser,
  Administration,
  AdministrationDeps,
  AdministrativeChange,
  OfferedLink,
} from './administration.ts'
import { createAdministrators } from './administrator.ts'
import { describeUser } from './describe-user.ts'
import { readEmail } from './email-address.ts'

/** Administration: every function judges its actor by itself. */
export function createAdministrationFunctions(deps: AdministrationDeps): Administration {
  const { states, accounts, sessions, apiTokens, factors, account, trail, revocations, impersonations } = deps
  const { checkReader, checkWriter, tell } = createAdministrators(deps)

  const describe = (user: User): Promise<AdministeredUser> => describeUser(states, user)

  async function named(id: string): Promise<AdministeredUser> {
    const user = await accounts.find(id)
    if (user === undefined) throw new AuthError('not_found', { detail: 'There is no such user.' })
    return describe(user)
  }

  /** A write to one user who is there: judged first, told afterwards. */
  async function write<Result>(
    actor: Principal,
    act: AdministrativeAct,
    id: string,
    context: CallContext | undefined,
    run: () => Promise<Result>,
  ): Promise<Result> {
    await checkWriter(actor)
    await named(id)
    const result = await run()
    tell(actor, act, { targetId: id }, context)
    return result
  }

  function checkNotSelf(actor: Principal, id: string): void {
    if (actor.user.id === id) throw new AuthError('conflict', { detail: 'Another administrator has to do this.' })
  }

  async function offer(id: string): Promise<OfferedLink> {
    const { link, sentTo, expiresAt } = await account.offerPassword(id)
    // ASVS 6.4.6: an administrator does not get to see what the user can be sent.
    return { sentTo, expiresAt, link: sentTo === undefined ? link : undefined }
  }

  async function apply(id: string, { roles, displayName, disabled, mfa }: AdministrativeChange): Promise<void> {
    // What narrows comes first: who is interrupted has not let anybody in.
    if (disabled === true) await accounts.disable(id)
    if (mfa !== undefined) await accounts.setMfa(id, mfa)
    if (roles !== undefined || displayName !== undefined) await accounts.update(id, { roles, displayName })
    if (disabled === false) await accounts.enable(id)
  }

  return {
    async list(actor, query) {
      checkReader(actor)
      const page = await accounts.list(query)
      return { ...page, items: await Promise.all(page.items.map(describe)) }
    },

    async find(actor, id) {
      checkReader(actor)
      return named(id)
    },

    async create(actor, given, context) {
      await checkWriter(actor)
      const email = given.email === undefined ? undefined : readEmail(given.email)
      const { username, displayName, roles, mfa } = given
      // By name: a caller who hands over what it was sent must not let an administrator choose a password.
      const { id } = await accounts.create({ username, email, displayName, roles, mfa })
      const invitation = await offer(id)
      tell(actor, 'create', { targetId: id }, context)
      return { user: await named(id), invitation }
    },

    async change(actor, id, change, context) {
      await write(actor, 'change', id, context, async () => {
        if (change.disabled === true) checkNotSelf(actor, id)
        await apply(id, change)
      })
      return named(id)
    },

    async delete(actor, id, context) {
      await write(actor, 'delete', id, context, async () => {
        checkNotSelf(actor, id)
        await accounts.delete(id)
      })
    },

    async events(actor, query) {
      checkReader(actor)
      return trail.list(query)
    },

    async listSessions(actor, id, query) {
      checkReader(actor)
      return sessions.list((await named(id)).user.id, query)
    },

    async listApiTokens(actor, id, query) {
      checkReader(actor)
      return apiTokens.list((await named(id)).user.id, query)
    },

    revokeSession: (actor, id, sessionId, context) =>
      write(actor, 'revoke_sessions', id, context, async () => {
        if (!(await sessions.revoke(id, sessionId, 'revoked', toClient(context)))) throw new AuthError('not_found')
      }),

    revokeApiToken: (actor, id, apiTokenId, context) =>
      write(actor, 'revoke_api_tokens', id, context, async () => {
        if (!(await apiTokens.revoke(id, apiTokenId))) throw new AuthError('not_found')
      }),

    async revoke(actor, condition, options, context) {
      await checkWriter(actor)
      const batch = await revocations.byCondition(condition, options)
      const { dryRun = false } = options ?? {}
      if (!dryRun) tell(actor, 'revoke_by_condition', { targetId: condition.user, count: batch.revoked }, context)
      return batch
    },

    async revokeEveryone(actor, options = {}, context) {
      await checkWriter(actor)
      const except = actor.user.id
      if (options.cursor === undefined) {
        await sessions.revokeOthers(except, sessionOf(actor).id)
        if (options.apiTokens === true) await apiTokens.revokeAll(except)
      }
      const batch = await revocations.everyone({ ...options, except })
      tell(actor, 'revoke_everyone', { count: batch.users }, context)
      return batch
    },

    impersonate: (actor, id, context) =>
      write(actor, 'impersonate', id, context, () => impersonations.begin(actor, id, toClient(context))),

    resetPassword: (actor, id, context) => write(actor, 'reset_password', id, context, () => offer(id)),
    revokeSessions: (actor, id, context) => write(actor, 'revoke_sessions', id, context, () => sessions.revokeAll(id)),
    revokeApiTokens: (actor, id, context) =>
      write(actor, 'revoke_api_tokens', id, context, () => apiTokens.revokeAll(id)),
    resetFactors: (actor, id, context) => write(actor, 'reset_factors', id, context, () => factors.reset(id)),
  }
}
