import type { RequestListener } from 'node:http'
import { type Auth, AuthError, createAuth, type Settings } from '@sallyport/core'
import { announce, warn } from './announce.ts'
import { createDocuments, type Documents } from './documents.ts'
import { EnvironmentError, type InitialUser, readEnvironment, unreadVariables } from './environment.ts'
import { type Listening, listen } from './listen.ts'
import { loadPage, type Page } from './page.ts'
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
  /** A command to try it with, for an example without the page and the default routes. */
  readonly command?: (origin: string, user: InitialUser) => string
}

/** Starts an example by the environment, and ends it with the process's SIGTERM. */
export async function runExample(
  name: string,
  build: (parts: Parts) => RequestListener,
  differences: Differences = {},
): Promise<void> {
  try {
    await start(name, build, differences)
  } catch (error) {
    const message = sayWhatToMend(error)
    if (message === undefined) throw error
    console.error(message)
    process.exit(1)
  }
}

async function start(
  name: string,
  build: (parts: Parts) => RequestListener,
  { settings, command }: Differences,
): Promise<void> {
  const environment = readEnvironment(process.env)
  warn(environment, unreadVariables(process.env))
  const server = await listen(environment.port, environment.isDemo)
  const address = `http://localhost:${server.port}`
  const origin = environment.origin ?? address
  const opened = await openStorage(environment.storage)
  const auth = createAuth({
    ...settings,
    origin,
    secret: environment.secret ?? (environment.isProduction ? undefined : keptSecret(environment.data)),
    storage: opened.storage,
    permissions,
    bearer: environment.bearer,
    trustedProxies: environment.trustedProxies,
  })
  await createUsers(auth, environment.users)

  const page = loadPage(name, environment)
  server.answerWith(build({ auth, documents: createDocuments(opened.shelf), page }))
  stopOnSignal(server, async () => {
    await auth.close()
    await opened.close()
  })
  announce(name, address, origin, environment, command)
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
}

/** Sallyport names its settings: whoever starts an example knows them by their variables. */
function sayWhatToMend(error: unknown): string | undefined {
  if (error instanceof EnvironmentError) return error.message
  if (!(error instanceof AuthError) || error.code !== 'invalid_setting') return undefined
  return error.detail?.replace(/^`(\w+)`/, (whole, name: string) => variables[name] ?? whole)
}
