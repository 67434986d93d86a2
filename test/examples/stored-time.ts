import { DatabaseSync } from 'node:sqlite'

/** Lets so many milliseconds pass since a user logged in, as far as the storage in this file knows. */
export function letTimePass(file: string, username: string, ms: number): void {
  using database = new DatabaseSync(file, { timeout: 5000 })
  const sessions = database
    .prepare(
      `select s.id, s.data from sallyport_sessions s join sallyport_users u on u.id = s.owner where u.username = ?`,
    )
    .all(username)
  for (const { id, data } of sessions) {
    const session = JSON.parse(String(data)) as { authenticatedAt: number; provenAt: Record<string, number> }
    const proven = Object.entries(session.provenAt).map(([method, at]) => [method, at - ms] as const)
    const older = JSON.stringify({
      ...session,
      authenticatedAt: session.authenticatedAt - ms,
      provenAt: Object.fromEntries(proven),
    })
    database.prepare('update sallyport_sessions set data = ? where id = ?').run(older, String(id))
  }
}

/** Lets the sessions of a user end. */
export function letSessionsExpire(file: string, username: string): void {
  using database = new DatabaseSync(file, { timeout: 5000 })
  database
    .prepare(
      'update sallyport_sessions set expires_at = ? where owner = (select id from sallyport_users where username = ?)',
    )
    .run(Date.now() - 1000, username)
}
