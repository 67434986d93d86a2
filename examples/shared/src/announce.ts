import type { Auth } from '@sallyport/core'
import type { Environment, InitialUser } from './environment.ts'
import { isRole } from './roles.ts'

/** Says where the example listens, in one line that ends in the address; and in a demo, how to try it. */
export function announce(name: string, address: string, { isDemo }: Environment, ways: readonly string[]): void {
  console.log(`Sallyport on ${name}: ${address}`)
  if (!isDemo) return
  const why = "Only this machine can connect, since everybody may be anybody here; USERS='[…]' brings your own users."
  console.log(['', ...ways, '', why, ''].join('\n'))
}

/** What there is besides the page. */
export interface Attractions {
  readonly localProvider: string | undefined
  readonly hasPages: boolean
  readonly hasOutbox: boolean
}

/** How to try the service: with the page, and without. */
export function usualWays(
  origin: string,
  users: readonly InitialUser[],
  { localProvider, hasPages, hasOutbox }: Attractions,
): readonly string[] {
  const [first] = users
  return [
    `Open ${origin} in a browser: there is a short tour. Log in as one of these:`,
    ...users.map(lineOf),
    ...(hasPages ? ['', `The pages of @sallyport/ui are at ${origin}/account and below, administration too.`] : []),
    ...(hasOutbox ? [`No e-mail is sent: ${origin}/#outbox shows what people would get.`] : []),
    ...(localProvider === undefined
      ? []
      : [
          '',
          `Or let somebody else say who you are: a provider of the demo’s own at ${localProvider} believes anybody. “Local provider” needs no account.`,
        ]),
    ...(first === undefined ? [] : ['', 'Or stay in the terminal:', `  ${readDocument(origin, '/auth/login', first)}`]),
  ]
}

/** Says what will have no effect although somebody wrote it. */
export function warn({ users }: Environment): void {
  const unknown = new Set(users.flatMap(({ roles = [] }) => roles).filter((role) => !isRole(role)))
  for (const role of unknown) console.error(`USERS names the role ${JSON.stringify(role)}, which grants nothing here.`)
}

/** Whoever was there before may have another password by now. */
export function beginAnew({ storage }: Environment): string {
  const how = storage.startsWith('sqlite:') ? `delete ${storage.slice('sqlite:'.length)}` : 'give an empty STORAGE'
  return `They were here before, and have the passwords that they have chosen since. To begin anew, ${how}.`
}

/** Says that nobody can log in, where nobody is there and nobody was asked for. */
export async function warnOfNobody(auth: Auth, { users, providers = [] }: Environment): Promise<void> {
  if (users.length > 0 || providers.length > 0 || (await auth.users.list({ limit: 1 })).items.length > 0) return
  console.error(
    'Nobody can log in: there are no demo users in production, nor in a database server (but with DEMO=1 there). Bring your own, as in USERS=\'[{"username":"ada","password":"a long one","roles":["admin"]}]\'.',
  )
}

/** A user, with their password and roles. */
export function lineOf({ username, password, roles = [] }: InitialUser): string {
  return `  ${username.padEnd(11)}${password.padEnd(26)}(${roles.join(', ')})`
}

/** A command that logs in at a route and reads a document with the token. */
export function readDocument(origin: string, route: string, { username, password }: InitialUser): string {
  const body = JSON.stringify({ username, password, returnToken: true })
  return `curl -s "${origin}/api/v1/documents/1?token=${tokenFrom(origin + route, body)}"`
}

/** What a shell puts in the place of a token. */
export function tokenFrom(url: string, body: string): string {
  return `$(curl -s ${url} -H 'content-type: application/json' -d '${body}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`
}
