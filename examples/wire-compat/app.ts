import type { ApiToken, Auth, CallContext, Locked, Principal, Unlocked, User, Visit } from '@sallyport/core'
import { AuthError } from '@sallyport/core'
import { forceHeaders, nodeView, scrubNode, writeReply } from '@sallyport/core/node'
import { answerTo, type Documents } from '@sallyport/example-shared'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'

const sentByMessage = new Set(['email', 'sms'])

/** The documented wire format on Sallyport's plain functions. Of its own routes only that one is served to which providers send back. */
export function wireCompat(auth: Auth, documents: Documents): Express {
  const app = express()
  app.disable('x-powered-by')

  app.use((req, res, next) => {
    const visit = auth.visit(nodeView(req, res))
    scrubNode(req, visit)
    req.originalUrl = visit.scrub(req.originalUrl)
    forceHeaders(res, visit.headers)
    if (visit.refusal !== undefined) return writeReply(res, visit.refusal)
    res.locals['visit'] = visit
    res.set('Cache-Control', 'no-store')
    next()
  })
  app.use(express.json())

  /** Whose request it is; throws for anybody who may not be here. Keys are managed by people, not by keys. */
  async function principalOf(res: Response, by?: 'session'): Promise<Principal> {
    const resolution = await visitOf(res).resolve()
    if (resolution.status === 'locked') throw new AuthError('token_locked')
    if (resolution.status === 'unlocked') {
      if (by !== undefined && resolution.principal.via !== by) throw new AuthError('session_required')
      return resolution.principal
    }
    throw new AuthError(resolution.status === 'anonymous' ? 'unauthenticated' : resolution.code)
  }

  /** A new token goes back as it is asked for: in the body, or as a cookie and not in the body. */
  function handOver(res: Response, result: Unlocked | Locked, inBody: boolean): { readonly token?: string } {
    if (inBody) return { token: result.token.reveal() }
    res.append('Set-Cookie', auth.cookies.token(result))
    return {}
  }

  /** Whoever is locked is sent the codes that are sent. */
  async function sendCodes(result: Unlocked | Locked, client: CallContext): Promise<void> {
    if (result.status === 'unlocked') return
    const sent = result.factors.filter((factor) => sentByMessage.has(factor))
    for (const factor of sent) await auth.beginUnlock(result.token.reveal(), factor, client)
  }

  app.post('/login', async (req, res) => {
    const { name, password, returnToken } = membersOf(req.body)
    const { client } = visitOf(res)
    const result = await auth.logIn({ username: text(name), password: text(password) }, client)
    await sendCodes(result, client)
    const handed = handOver(res, result, returnToken === true)
    res.json({ ...(result.status === 'unlocked' ? unlocked(result.user, result.permissions) : locked), ...handed })
  })

  app.get('/login', async (_req, res) => {
    const resolution = await visitOf(res).resolve()
    if (resolution.status === 'locked') return void res.json(locked)
    if (resolution.status !== 'unlocked') return void res.json({ logged: false, isUnlocked: false })
    res.json(unlocked(resolution.principal.user, resolution.principal.permissions))
  })

  app.post('/login/unlock', async (req, res) => {
    const { client } = visitOf(res)
    const credential = visitOf(res).credential()
    if (credential === undefined) throw new AuthError('unauthenticated')
    let { token } = credential
    let result: Unlocked | Locked | undefined
    const factors: { factor: string; unlocked: boolean }[] = []
    for (const { factor, password } of evidenceIn(req.body)) {
      const id = factor === 'recovery' ? 'recovery-codes' : factor
      const outcome = await auth.unlock(token, { factor: id, code: password }, client).catch(wrongCode)
      factors.push({ factor, unlocked: outcome !== undefined })
      if (outcome === undefined) continue
      result = outcome
      if (outcome.status === 'unlocked') break
      token = outcome.token.reveal()
    }
    // The locked token is another one than what comes after it: whoever has the old one has nothing.
    const handed = result && handOver(res, result, credential.transport !== 'cookie')
    res.json({ isUnlocked: result?.status === 'unlocked', factors, ...handed })
  })

  app.get('/logout', async (_req, res) => {
    const { client } = visitOf(res)
    const credential = visitOf(res).credential()
    if (credential !== undefined) await auth.end(credential.token, 'logout', client)
    if (credential?.transport === 'cookie') res.append('Set-Cookie', auth.cookies.clear())
    res.json({ logged: false, isUnlocked: false })
  })

  app.post('/api/key', async (req, res) => {
    const { description } = membersOf(req.body)
    const { apiToken, token } = await auth.apiTokens.issue(await principalOf(res), { name: text(description) })
    res.json({ ...apiKey(apiToken), token: token.reveal() })
  })

  app.get('/api/key', async (_req, res) => {
    const { user } = await principalOf(res, 'session')
    const { items } = await auth.apiTokens.list(user.id, { limit: 1000 })
    res.json({ results: items.map(apiKey) })
  })

  app.delete('/api/key/:id', async (req, res) => {
    const principal = await principalOf(res, 'session')
    if (!(await auth.apiTokens.revoke(principal, req.params.id))) throw new AuthError('not_found')
    res.json({ id: req.params.id, deleted: true })
  })

  app.get('/oauth/code/:code', async (req, res) => {
    const { client } = visitOf(res)
    const result = await auth.providers.exchange({ code: req.params.code }, client)
    await sendCodes(result, client)
    res.json({ token: result.token.reveal() })
  })

  app.get('/oauth/:provider', async (req, res) => {
    const { browser, client } = visitOf(res)
    const wanted = { returnTo: text(req.query['callback']), browser }
    const started = await auth.providers.start(req.params.provider, wanted, client)
    res.append('Set-Cookie', auth.cookies.browser(started))
    res.redirect(303, started.redirectTo)
  })

  app.all('/auth/callback/:provider', async (_req, res) => {
    writeReply(res, await visitOf(res).serve())
  })

  app.get('/api/v1/documents/:id', async (req, res) => {
    const { permissions } = await principalOf(res)
    if (!permissions.includes('documents:read')) throw new AuthError('forbidden')
    res.json(documents.read(req.params.id))
  })

  app.use(() => {
    throw new AuthError('not_found')
  })

  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    if (!(error instanceof AuthError)) return void res.status(answerTo(error).status).json({ error: {} })
    const message = error.code === 'token_locked' ? 'Access token is locked' : error.message
    if (error.retryAfterMs !== undefined) res.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)))
    res.status(error.status).json({ error: { code: error.code, message } })
  })

  return app
}

const locked = { logged: true, isUnlocked: false, rights: [] } as const

function unlocked(user: User, rights: readonly string[]) {
  return { logged: true, isUnlocked: true, tenant: 'default', user, settings: {}, rights }
}

function apiKey({ id, name, createdAt, lastUsedAt }: ApiToken) {
  const lastUsed = lastUsedAt === undefined ? null : new Date(lastUsedAt).toISOString()
  return { id, description: name, created: new Date(createdAt).toISOString(), lastUsed, apiKeyType: 'user' }
}

function visitOf(res: Response): Visit {
  return res.locals['visit'] as Visit
}

/** A code that is wrong is an answer here, anything else goes on as what it is. */
function wrongCode(error: unknown): undefined {
  if (!(error instanceof AuthError && error.code === 'invalid_code')) throw error
}

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new AuthError('invalid_request')
}

function evidenceIn(body: unknown): readonly { readonly factor: string; readonly password: string }[] {
  const { factors } = membersOf(body)
  if (!Array.isArray(factors) || factors.length > 5) throw new AuthError('invalid_request')
  return factors.map(membersOf).map(({ factor, password }) => ({ factor: text(factor), password: text(password) }))
}
