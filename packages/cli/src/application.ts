import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Auth, Storage } from '@sallyport/core'
import { loadEnvironment } from './environment.ts'
import { describe, Failure } from './failure.ts'

/** What the config module exports. */
export interface Application {
  /** The path of the module. */
  readonly file: string
  /** What `createAuth` made. Throws a failure when the module exports none. */
  readonly auth: Auth
  /** The storage, when the module exports it. */
  readonly storage: Partial<Storage> | undefined
  close(): Promise<void>
}

const names = ['auth', 'src/auth'].flatMap((stem) => ['ts', 'mts', 'js', 'mjs'].map((ending) => `${stem}.${ending}`))

/** Loads the config module of an application, with the variables of the `.env` beside us. */
export async function applicationLoader(cwd: string, given: string | undefined): Promise<Application> {
  const file = given === undefined ? names.map((name) => join(cwd, name)).find(existsSync) : resolve(cwd, given)
  if (file === undefined) {
    throw new Failure(
      `There is no config module here: none of ${names.join(', ')}.`,
      'name it with --config FILE, or make one with `sallyport init`',
    )
  }
  if (!existsSync(file)) throw new Failure(`There is no ${given}.`, 'name the module that exports `auth`')
  loadEnvironment(cwd)
  return read(file, await load(file))
}

async function load(file: string): Promise<Record<string, unknown>> {
  // The standard output is the command's: what the application logs goes beside it.
  console.log = console.info = console.debug = console.error
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw asFailure(file, error)
  }
}

function read(file: string, module: Record<string, unknown>): Application {
  const main = isObject(module['default']) ? module['default'] : {}
  const auth = [module['auth'], main['auth'], main].find(isAuth)
  const storage = [module['storage'], main['storage']].find(isObject) as Partial<Storage> | undefined
  return {
    file,
    storage,
    get auth() {
      if (auth !== undefined) return auth
      throw new Failure(
        `${file} exports no \`auth\`.`,
        'export what `createAuth` returns: export const auth = createAuth(…)',
      )
    },
    close: async () => auth?.close(),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isAuth(value: unknown): value is Auth {
  return isObject(value) && typeof value['authenticate'] === 'function' && isObject(value['users'])
}

function asFailure(file: string, error: unknown): Failure {
  const { message, mend } = describe(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return new Failure(`${file} can't be loaded: ${message}`, 'install what it imports: `npm install`')
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return new Failure(`${file} can't be loaded: ${message}`, 'Node strips types only: leave out enums and the like')
  }
  return new Failure(`${placeOf(file, error)} fails: ${message}`, mend)
}

/** Where in the module it happened, as far as the stack says. */
function placeOf(file: string, error: unknown): string {
  const { href } = pathToFileURL(file)
  const line = error instanceof Error ? error.stack?.split('\n').find((text) => text.includes(`${href}:`)) : undefined
  const place = line === undefined ? undefined : /:(\d+):\d+\)?$/.exec(line)
  return place?.[1] === undefined ? file : `${file}:${place[1]}`
}
