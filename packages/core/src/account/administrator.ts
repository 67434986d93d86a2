import { type CallContext, toClient } from '../client.ts'
import type { Clock } from '../collection.ts'
import { AuthError } from '../errors.ts'
import type { AdministrativeAct, Emit, Origin } from '../events.ts'
import type { Factors } from '../factors/factors.ts'
import { sessionOf } from '../issuer.ts'
import type { Principal } from '../principal.ts'
import { stepUpFor } from '../step-up.ts'

/** The permission that administration asks for. */
export const adminPermission = 'sallyport:admin'

/** Who may administer, and the word of what they have done. */
export interface Administrators {
  /** Throws `session_required`, `own_session_required`, `forbidden`. */
  checkReader(actor: Principal): void
  /** Throws `step_up_required` too, for a session that is not recent at the highest level that the administrator has. */
  checkWriter(actor: Principal, context?: CallContext): Promise<void>
  tell(
    actor: Principal,
    act: AdministrativeAct,
    done: { readonly targetId?: string | undefined; readonly count?: number | undefined },
    context: CallContext | undefined,
  ): void
}

/** Judges the actors of administration. */
export function createAdministrators(deps: {
  readonly now: Clock
  readonly emit: Emit
  readonly factors: Pick<Factors, 'requirement'>
}): Administrators {
  const { now, emit, factors } = deps

  function checkReader(actor: Principal): void {
    const { user, impersonator } = actor
    const who = { userId: user.id, permission: adminPermission }
    if (impersonator !== undefined) {
      emit('access.denied', { ...who, code: 'own_session_required' }, { actorId: impersonator.userId })
    }
    sessionOf(actor)
    if (actor.permissions.includes(adminPermission)) return
    emit('access.denied', { ...who, code: 'forbidden' })
    throw new AuthError('forbidden', { members: { permission: adminPermission } })
  }

  return {
    checkReader,

    async checkWriter(actor, context) {
      checkReader(actor)
      const refusal = stepUpFor(actor, await factors.requirement(actor.user.id), now())
      if (refusal === undefined) return
      emit(
        'access.denied',
        { userId: actor.user.id, code: refusal.code, permission: adminPermission },
        toClient(context),
      )
      throw refusal
    },

    tell(actor, act, done, context) {
      const { id: sessionId } = sessionOf(actor)
      emit('administration', { userId: actor.user.id, sessionId, act, ...done }, toClient(context))
    },
  }
}

/** An administrator as events name who does something, and from where. */
export function actingAs({ user, session }: Principal, context: CallContext | undefined): Origin {
  return { ...toClient(context), actorId: user.id, sessionId: session?.id }
}
