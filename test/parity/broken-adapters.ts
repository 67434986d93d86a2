import type { Principal, RequestView, Visit } from '@sallyport/core'
import { forceHeaders, nodeView, writeHeaders, writeReply } from '@sallyport/core/node'
import type { Request, RequestHandler, Response } from 'express'
import type { Adapter } from '../../packages/express/test/app.ts'

/** One way in which an adapter for Express may be wrong. What is absent is right. */
export interface Breach {
  /** What it makes of the request. */
  readonly view?: (view: RequestView, req: Request) => RequestView
  readonly scrub?: (req: Request, visit: Visit) => void
  readonly headers?: (res: Response, visit: Visit) => void
  readonly ignoresRefusal?: boolean
  readonly write?: typeof writeReply
  readonly authorize?: (visit: Visit | undefined, permission: string | undefined) => Promise<Outcome>
  readonly identify?: (visit: Visit) => Promise<Outcome>
}

type Outcome =
  | { readonly principal: Principal | undefined }
  | Extract<Awaited<ReturnType<Visit['authorize']>>, { reply: unknown }>

/** An adapter for Express that is right but for one breach. */
export function brokenAdapter(breach: Breach): Adapter {
  const visits = new WeakMap<Request, Visit>()
  const { write = writeReply } = breach

  function scrub(req: Request, visit: Visit): void {
    req.url = visit.scrub(req.url)
    req.originalUrl = visit.scrub(req.originalUrl)
  }

  function guard(judge: (visit: Visit | undefined) => Promise<Outcome>): RequestHandler {
    return async (req, res, next) => {
      const outcome = await judge(visits.get(req))
      if ('reply' in outcome) return write(res, outcome.reply)
      if (outcome.principal !== undefined) {
        req.auth = outcome.principal
        writeHeaders(res, [['Cache-Control', 'no-store']])
      }
      next()
    }
  }

  return {
    sallyport: (auth) => (req, res, next) => {
      const right = nodeView(req, res, { originalUrl: req.originalUrl, parsedBody: () => req.body as unknown })
      const visit = auth.visit(breach.view?.(right, req) ?? right)
      visits.set(req, visit)
      ;(breach.scrub ?? scrub)(req, visit)
      const addHeaders = breach.headers ?? ((to, { headers }) => forceHeaders(to, headers))
      addHeaders(res, visit)
      if (visit.refusal !== undefined && breach.ignoresRefusal !== true) return write(res, visit.refusal)
      if (!visit.isRoute) return next()
      visit.serve().then((reply) => write(res, reply), next)
    },

    protect: ((first?: string | object, more: object = {}) => {
      const [permission, requirement] = typeof first === 'string' ? [first, more] : [undefined, first ?? {}]
      return guard(async (visit) => {
        if (breach.authorize !== undefined) return breach.authorize(visit, permission)
        if (visit === undefined) throw new Error('not installed')
        return visit.authorize({ ...requirement, permission })
      })
    }) as Adapter['protect'],

    identify: (() =>
      guard(async (visit) => {
        if (visit === undefined) throw new Error('not installed')
        return breach.identify === undefined ? visit.identify() : breach.identify(visit)
      })) as Adapter['identify'],
  }
}
