import * as v from 'valibot'
import { AuthError } from '../errors.ts'
import type { Enrolling } from '../factors/enrolment.ts'
import type { Factor } from '../factors/factor.ts'
import { answerAsBefore, answerWithToken } from './answer.ts'
import { flag, text } from './body.ts'
import type { RouteDeps } from './deps.ts'
import { deviceJson, factorJson, pageJson } from './json.ts'
import { empty, json } from './reply.ts'
import type { Handler, Route, RouteRequest } from './route.ts'

const evidence = {
  code: v.optional(text(256)),
  response: v.optional(v.record(v.string(), v.unknown())),
}
const enrolment = v.object({
  ...evidence,
  name: v.optional(text(100)),
  address: v.optional(text(320)),
  revokeOthers: v.optional(flag, false),
})
const removal = v.object({ revokeOthers: v.optional(flag, false) })
const ticket = v.object({ ticket: text(256) })
const login = v.object({ ...evidence, returnToken: v.optional(flag, false), remember: v.optional(flag, true) })

/** Factors: the routes that every factor has, and those that the factors there are bring along. */
export function factorRoutes(deps: RouteDeps, factors: readonly Factor[]): readonly Route[] {
  const { auth } = deps

  /** Who enrols: the principal of a session, or whoever waits with a locked token. */
  async function enrolling(request: RouteRequest): Promise<Enrolling> {
    const resolution = await request.resolve()
    return resolution.status === 'locked' ? waitingToken(request) : request.session()
  }

  function enrol(factor: string, step: 'beginEnrolment' | 'finishEnrolment'): Handler {
    return async (request) => {
      const { revokeOthers, ...sent } = await request.body(enrolment)
      const who = await enrolling(request)
      const context = { ...request.client, revokeOthers }
      const { answer, enrolled, result } = await auth.factors[step](who, { factor, ...sent }, context)
      const body = { ...answer, ...(enrolled && { factor: factorJson(enrolled) }) }
      return result === undefined ? json(200, body) : answerAsBefore(deps, result, request, body)
    }
  }

  const ofFactors = factors.flatMap(({ id, enrolment: { paths } = { paths: undefined }, logIn }): readonly Route[] => [
    ...(paths === undefined ? [] : [post(paths.begin, enrol(id, 'beginEnrolment'), enrolment)]),
    ...(paths?.finish === undefined ? [] : [post(paths.finish, enrol(id, 'finishEnrolment'), enrolment)]),
    ...(logIn === undefined
      ? []
      : [
          post(logIn.paths.begin, async (request) => json(200, await auth.beginLogIn(id, request.client))),
          post(
            logIn.paths.finish,
            async (request) => {
              const { returnToken, remember, ...sent } = await request.body(login)
              const result = await auth.logInWith(id, sent, { ...request.client, remember })
              if (!returnToken && request.cookie !== undefined)
                await auth.end(request.cookie, 'replaced', request.client)
              return answerWithToken(deps, result, !returnToken, remember)
            },
            login,
          ),
        ]),
  ])

  return [
    ...ofFactors,
    {
      method: 'GET',
      path: '/factors',
      async handle(request) {
        const { user } = await request.session()
        const items = await auth.factors.list(user.id)
        return json(200, { items: items.map(factorJson) })
      },
    },
    {
      method: 'DELETE',
      path: '/factors/:id',
      takes: removal,
      async handle(request) {
        const { revokeOthers } = await request.body(removal)
        const principal = await request.session()
        await auth.factors.remove(principal, request.params.id ?? '', { ...request.client, revokeOthers })
        return empty(204)
      },
    },
    post('/enrolment/send', async (request) => {
      await auth.factors.sendEnrolmentTicket(waitingToken(request), request.client)
      return empty(202)
    }),
    post(
      '/enrolment',
      async (request) => {
        const sent = await request.body(ticket)
        const result = await auth.factors.redeemEnrolmentTicket(waitingToken(request), sent.ticket, request.client)
        return answerAsBefore(deps, result, request)
      },
      ticket,
    ),
    {
      method: 'GET',
      path: '/trusted-devices',
      async handle(request) {
        const { user } = await request.session()
        const page = await auth.trustedDevices.list(user.id, { cursor: request.query('cursor') })
        return json(200, pageJson(page, deviceJson))
      },
    },
    {
      method: 'DELETE',
      path: '/trusted-devices/:id',
      async handle(request) {
        const principal = await request.session()
        const revoked = await auth.trustedDevices.revoke(principal, request.params.id ?? '', request.client)
        if (!revoked) throw new AuthError('not_found')
        return empty(204)
      },
    },
  ]
}

function post(path: string, handle: Handler, takes?: Route['takes']): Route {
  return { method: 'POST', path, handle, takes }
}

function waitingToken(request: RouteRequest): string {
  const credential = request.credential()
  if (credential === undefined) throw new AuthError('unauthenticated')
  return credential.token
}
