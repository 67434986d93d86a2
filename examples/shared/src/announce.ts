import type { Environment } from './environment.ts'
import { isRole } from './roles.ts'

/** Says where the example listens, in one line that ends in the address; and in a demo, how to try it. */
export function announce(framework: string, address: string, origin: string, { users, isDemo }: Environment): void {
  console.log(`Sallyport on ${framework}: ${address}`)
  const [first] = users
  if (isDemo && first !== undefined) console.log(hints(origin, users, first))
}

/** Says what will have no effect although somebody wrote it. */
export function warn({ users }: Environment, unread: readonly string[]): void {
  for (const name of unread) console.error(`${name} is set, but this version does not read it yet.`)
  const unknown = new Set(users.flatMap(({ roles = [] }) => roles).filter((role) => !isRole(role)))
  for (const role of unknown) console.error(`USERS names the role ${JSON.stringify(role)}, which grants nothing here.`)
}

function hints(
  origin: string,
  users: Environment['users'],
  { username, password }: Environment['users'][number],
): string {
  const names = users.map((user) => `  ${user.username.padEnd(8)}${user.password.padEnd(26)}(${user.roles?.join()})`)
  const login = JSON.stringify({ username, password, returnToken: true })
  const token = `$(curl -s ${origin}/auth/login -H 'content-type: application/json' -d '${login}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`
  return `
Open ${origin} in a browser, and log in as one of these:
${names.join('\n')}

Or stay in the terminal:
  curl -s "${origin}/api/v1/documents/1?token=${token}"

Only this machine can connect, since everybody knows these passwords; USERS='[…]' brings your own.
`
}
