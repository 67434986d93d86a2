import type { Command } from './command.ts'
import { apiTokens } from './commands/api-tokens.ts'
import { audit } from './commands/audit.ts'
import { doctor } from './commands/doctor.ts'
import { expiring } from './commands/expiring.ts'
import { importBetterAuth } from './commands/import-better-auth.ts'
import { importPassport } from './commands/import-passport.ts'
import { init } from './commands/init.ts'
import { migrate, migrateStatus } from './commands/migrate.ts'
import { revocations } from './commands/revoke-where.ts'
import { secret } from './commands/secret.ts'
import { sessions } from './commands/sessions.ts'
import { sweep } from './commands/sweep.ts'
import { userChanges } from './commands/user-changes.ts'
import { users } from './commands/users.ts'

/** Everything that can be said, in the order of the help. */
export const commands: readonly Command[] = [
  init,
  secret,
  migrate,
  migrateStatus,
  doctor,
  ...users,
  ...userChanges,
  importBetterAuth,
  importPassport,
  ...sessions,
  ...apiTokens,
  expiring,
  ...revocations,
  sweep,
  ...audit,
]
