import type { Environment, InitialUser } from './environment.ts'
import { isRole } from './roles.ts'

/** Says where the example listens, in one line that ends in the address; and in a demo, how to try it. */
export function announce(
  name: string,
  address: string,
  origin: string,
  { users, isDemo }: Environment,
  command?: (origin: string, user: InitialUser) => string,
): void {
  console.log(`Sallyport on ${name}: ${address}`)
  const [first] = users
  if (!isDemo || first === undefined) return
  const ways =
    command === undefined
      ? [
          `Open ${origin} in a browser, and log in as one of these:`,
          ...users.map(nameOf),
          '',
          'Or stay in the terminal:',
        ]
      : ['Try it with', ...users.map(nameOf), '']
  const line = (command ?? readDocument)(origin, first)
  const why = "Only this machine can connect, since everybody knows these passwords; USERS='[…]' brings your own."
  console.log(['', ...ways, `  ${line}`, '', why, ''].join('\n'))
}

/** Says what will have no effect although somebody wrote it. */
export function warn({ users }: Environment, unread: readonly string[]): void {
  for (const name of unread) console.error(`${name} is set, but this version does not read it yet.`)
  const unknown = new Set(users.flatMap(({ roles = [] }) => roles).filter((role) => !isRole(role)))
  for (const role of unknown) console.error(`USERS names the role ${JSON.stringify(role)}, which grants nothing here.`)
}

function nameOf({ username, password, roles = [] }: InitialUser): string {
  return `  ${username.padEnd(8)}${password.padEnd(26)}(${roles.join(', ')})`
}

/** A command that logs in and reads a document with the token. */
function readDocument(origin: string, { username, password }: InitialUser): string {
  const body = JSON.stringify({ username, password, returnToken: true })
  return `curl -s "${origin}/api/v1/documents/1?token=${tokenFrom(`${origin}/auth/login`, body)}"`
}

/** What a shell puts in the place of a token. */
export function tokenFrom(url: string, body: string): string {
  return `$(curl -s ${url} -H 'content-type: application/json' -d '${body}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`
}
