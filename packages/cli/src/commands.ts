import type { Command } from './command.ts'
import { migrate, migrateStatus } from './commands/migrate.ts'
import { secret } from './commands/secret.ts'

/** Everything that can be said, in the order of the help. */
export const commands: readonly Command[] = [secret, migrate, migrateStatus]
