import { type CallContext, toClient } from '../client.ts'
import { AuthError } from '../errors.ts'
import type { AdministrativeAct, Origin } from '../events.ts'
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
import { actingAs, createAdministrators } from './administrator.ts'
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
    run: (by: Origin) => Promise<Result>,
  ): Promise<Result> {
    await checkWriter(actor, context)
    await named(id)
    const result = await run(actingAs(actor, context))
    tell(actor, act, { targetId: id }, context)
    return result
  }

  function checkNotSelf(actor: Principal, id: string): void {
    if (actor.user.id === id) throw new AuthError('conflict', { detail: 'Another administrator has to do this.' })
  }

  async function offer(id: string, by: Origin): Promise<OfferedLink> {
    const { link, sentTo, expiresAt } = await account.offerPassword(id, by)
    // ASVS 6.4.6: an administrator does not get to see what the user can be sent.
    return { sentTo, expiresAt, link: sentTo === undefined ? link : undefined }
  }

  async function apply(id: string, change: AdministrativeChange, by: Origin): Promise<void> {
    const { roles, displayName, disabled, mfa } = change
    // What narrows comes first: who is interrupted has not let anybody in.
    if (disabled === true) await accounts.disable(id, by)
    if (mfa !== undefined) await accounts.setMfa(id, mfa, by)
    if (roles !== undefined || displayName !== undefined) await accounts.update(id, { roles, displayName }, by)
    if (disabled === false) await accounts.enable(id, by)
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
      await checkWriter(actor, context)
      const email = given.email === undefined ? undefined : readEmail(given.email)
      const { username, displayName, roles, mfa } = given
      // By name: a caller who hands over what it was sent must not let an administrator choose a password.
      const by = actingAs(actor, context)
      const { id } = await accounts.create({ username, email, displayName, roles, mfa }, by)
      const invitation = await offer(id, by)
      tell(actor, 'create', { targetId: id }, context)
      return { user: await named(id), invitation }
    },

    async change(actor, id, change, context) {
      await write(actor, 'change', id, context, async (by) => {
        // With one's own roles goes the right to take them back, and perhaps the last administrator.
        if (change.disabled === true || change.roles !== undefined) checkNotSelf(actor, id)
        await apply(id, change, by)
      })
      return named(id)
    },

    async delete(actor, id, context) {
      await write(actor, 'delete', id, context, async (by) => {
        checkNotSelf(actor, id)
        await accounts.delete(id, by)
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
      write(actor, 'revoke_sessions', id, context, async (by) => {
        if (!(await sessions.revoke(id, sessionId, 'revoked', by))) throw new AuthError('not_found')
      }),

    revokeApiToken: (actor, id, apiTokenId, context) =>
      write(actor, 'revoke_api_tokens', id, context, async (by) => {
        if (!(await apiTokens.revoke(id, apiTokenId, by))) throw new AuthError('not_found')
      }),

    async revoke(actor, condition, options, context) {
      await checkWriter(actor, context)
      const batch = await revocations.byCondition(condition, options, actingAs(actor, context))
      const { dryRun = false } = options ?? {}
      if (!dryRun) tell(actor, 'revoke_by_condition', { targetId: condition.user, count: batch.revoked }, context)
      return batch
    },

    async revokeEveryone(actor, options = {}, context) {
      await checkWriter(actor, context)
      const except = actor.user.id
      const by = actingAs(actor, context)
      if (options.cursor === undefined) {
        await sessions.revokeOthers(except, sessionOf(actor).id, by)
        if (options.apiTokens === true) await apiTokens.revokeAll(except, by)
      }
      const batch = await revocations.everyone({ ...options, except }, by)
      tell(actor, 'revoke_everyone', { count: batch.users }, context)
      return batch
    },

    impersonate: (actor, id, context) =>
      write(actor, 'impersonate', id, context, () => impersonations.begin(actor, id, toClient(context))),

    resetPassword: (actor, id, context) => write(actor, 'reset_password', id, context, (by) => offer(id, by)),
    revokeSessions: (actor, id, context) =>
      write(actor, 'revoke_sessions', id, context, (by) => sessions.revokeAll(id, by)),
    revokeApiTokens: (actor, id, context) =>
      write(actor, 'revoke_api_tokens', id, context, (by) => apiTokens.revokeAll(id, by)),
    issueEnrolmentTicket: (actor, id, context) =>
      write(actor, 'issue_enrolment_ticket', id, context, () => factors.issueEnrolmentTicket(id)),
    clearAttempts: (actor, id, context) => write(actor, 'clear_attempts', id, context, () => factors.clearAttempts(id)),
    resetFactors: (actor, id, context) => write(actor, 'reset_factors', id, context, (by) => factors.reset(id, by)),
  }
}
