import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, twoFactor, username } from 'better-auth/plugins'

/** An application on better-auth, with its own tables in a SQLite file. */
export async function oldBetterAuth(file) {
  const database = new DatabaseSync(file)
  const auth = betterAuth({
    baseURL: 'http://localhost:3000',
    secret: 'an old secret of thirty two bytes',
    database,
    emailAndPassword: { enabled: true },
    plugins: [username(), admin(), twoFactor()],
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  return {
    signUp: (body) => auth.api.signUpEmail({ body }),
    signIn: (email, password) => auth.api.signInEmail({ body: { email, password } }),
    run: (sql, ...values) => database.prepare(sql).run(...values),
    close: () => database.close(),
  }
}
