import type { RequestListener } from 'node:http'
import { type Auth, AuthError, createAuth, type Settings } from '@sallyport/core'
import { announce, beginAnew, usualWays, warn, warnOfNobody } from './announce.ts'
import { createDocuments, type Documents } from './documents.ts'
import { type Environment, type InitialUser, readEnvironment } from './environment.ts'
import { EnvironmentError } from './environment-error.ts'
import { secondFactors } from './factors.ts'
import { makeDataFolder } from './folder.ts'
import { type Listening, listen } from './listen.ts'
import { startLocalProvider } from './local-provider.ts'
import { openMail } from './mail.ts'
import { mayKeepLetters, openOutbox } from './outbox.ts'
import { loadPage, type Page } from './page.ts'
import { onlyByOwnHost } from './own-host.ts'
import { openProviders } from './providers.ts'
import { permissions } from './roles.ts'
import { keptSecret } from './secret.ts'
import { openStorage } from './storage.ts'
import { createUsers } from './users.ts'

/** What an example is given to build its application from. */
export interface Parts {
  readonly auth: Auth
  readonly documents: Documents
  readonly page: Page
}

/** What an example has otherwise than the others. */
export interface Differences {
  /** Settings of Sallyport besides those that the environment gives. */
  readonly settings?: Partial<Settings>
  /** How to try it, line by line; with the page and a `curl` line, if this is not here. */
  readonly ways?: (origin: string, users: readonly InitialUser[]) => readonly string[]
  /** Whether people log in by a provider of the example's own alone, and the environment's users are left out. */
  readonly providersOnly?: boolean
}

/** Starts an example by the environment, and ends it with the process's SIGTERM. */
export async function runExample(
  name: string,
  differences: Differences,
  build: (parts: Parts) => RequestListener,
): Promise<void> {
  try {
    await start(name, differences, build)
  } catch (error) {
    const message = sayWhatToMend(error)
    if (message === undefined) throw error
    console.error(message)
    process.exit(1)
  }
}

async function start(
  name: string,
  { settings, ways, providersOnly = false }: Differences,
  build: (parts: Parts) => RequestListener,
): Promise<void> {
  const read = readEnvironment(process.env)
  const environment = providersOnly ? { ...read, users: [] } : read
  warn(environment)
  if (environment.usesData) makeDataFolder(environment.data)
  const server = await listen(environment.port, environment.isDemo)
  const address = `http://localhost:${server.port}`
  const origin = environment.origin ?? address
  const opened = await openStorage(environment.storage)
  const mail = environment.mail === undefined ? undefined : openMail(environment.mail, origin)
  const wantsLocalProvider = environment.isDemo && environment.providers === undefined && ways === undefined
  const local = wantsLocalProvider ? await startLocalProvider(origin, portBeside(environment)) : undefined
  // Links in messages lead to those pages, where there are any.
  const hasPages = settings?.linkPages !== undefined
  const outbox = hasPages && mayKeepLetters(environment, origin) ? openOutbox() : undefined
  const deliver = (mail ?? outbox)?.deliver
  const factors = secondFactors(origin, deliver !== undefined)
  const auth = createAuth({
    factors: Object.values(factors),
    providers: await openProviders(local === undefined ? (environment.providers ?? []) : [local.options]),
    ...(deliver !== undefined && { deliver }),
    ...(!providersOnly && { registration: { by: deliver === undefined ? 'username' : 'email', roles: ['reader'] } }),
    audit: true,
    ...settings,
    origin,
    secret: environment.secret ?? (environment.isProduction ? undefined : keptSecret(environment.data)),
    storage: opened.storage,
    permissions,
    bearer: environment.bearer,
    trustedProxies: environment.trustedProxies,
  })
  const wereThere = await createUsers(auth, environment.users)
  if (!environment.isDemo) await warnOfNobody(auth, environment)

  const sends = deliver !== undefined
  const page = loadPage({ framework: name, factors: Object.keys(factors), hasPages, sends, outbox }, environment)
  const answer = build({ auth, documents: createDocuments(opened.shelf), page })
  server.answerWith(outbox === undefined ? answer : onlyByOwnHost(answer, origin, server.port))
  stopOnSignal(server, async () => {
    await local?.stop()
    await auth.close()
    mail?.close()
    await opened.close()
  })
  const { users } = environment
  announce(name, address, environment, [
    ...(ways?.(origin, users) ??
      usualWays(origin, users, { localProvider: local?.url, hasPages, hasOutbox: outbox !== undefined })),
    ...(wereThere ? ['', beginAnew(environment)] : []),
  ])
}

/** The local provider stays where it was: to the service its address is a part of who somebody is. */
function portBeside({ port }: Environment): number {
  return port === 0 || port === 65_535 ? 0 : port + 1
}

/** Requests first, then what they stand on. Whoever asks twice is not heard twice. */
function stopOnSignal(server: Listening, close: () => Promise<void>): void {
  let stopped: Promise<void> | undefined
  const stop = async () => {
    await server.stop()
    await close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => (stopped ??= stop()))
}

const variables: Readonly<Record<string, string>> = {
  origin: 'ORIGIN',
  secret: 'SALLYPORT_SECRET',
  storage: 'STORAGE',
  trustedProxies: 'TRUSTED_PROXIES',
  providers: 'PROVIDERS',
}

/** Sallyport names its settings: whoever starts an example knows them by their variables. */
function sayWhatToMend(error: unknown): string | undefined {
  if (error instanceof EnvironmentError) return error.message
  if (!(error instanceof AuthError) || error.code !== 'invalid_setting') return undefined
  return error.detail?.replace(/^`(\w+)`/, (whole, name: string) => variables[name] ?? whole)
}
