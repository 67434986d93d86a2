import type { Call, Command } from '../command.ts'
import { exitCodes, Failure } from '../failure.ts'

interface Status {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** A storage that has tables. */
interface Migratable {
  migrate(): Promise<Status>
  migrationStatus(): Promise<Status>
}

const storageMend = 'export it beside `auth`: export const storage = sqlStorage(db)'

export const migrate: Command = {
  name: 'migrate',
  summary: 'create the tables, or bring them up to date',
  options: { 'dry-run': { type: 'boolean', summary: 'only say what would be done' } },
  notes: ['Every process may do it at once: one does, and the others wait. Migrations only add.'],
  async run(call) {
    const storage = await migratable(call)
    if (storage === undefined) return
    const before = await storage.migrationStatus()
    const isDry = call.args.has('dry-run')
    if (!isDry && before.pending.length > 0) call.out.progress(`migrating: ${before.pending.join(', ')}`)
    const after = isDry ? before : await storage.migrate()
    const done = isDry ? [] : before.pending.filter((name) => after.applied.includes(name))
    for (const name of done) call.out.line(`applied  ${name}`)
    for (const name of after.pending) call.out.line(`pending  ${name}`)
    if (before.pending.length === 0) call.out.line('The tables are up to date.')
    call.out.document({ done, applied: after.applied, pending: after.pending })
  },
}

export const migrateStatus: Command = {
  name: 'migrate status',
  summary: 'say which migrations the database has had; exit code 1 when it lacks one',
  async run(call) {
    const storage = await migratable(call)
    if (storage === undefined) return
    const { applied, pending } = await storage.migrationStatus()
    for (const name of applied) call.out.line(`applied  ${name}`)
    for (const name of pending) call.out.line(`pending  ${name}`)
    call.out.document({ applied, pending })
    return pending.length === 0 ? exitCodes.ok : exitCodes.failed
  },
}

/** The storage of the application, if it has tables; says so when it has none. */
async function migratable({ application, out }: Call): Promise<Migratable | undefined> {
  const { storage, file } = await application()
  if (storage === undefined) throw new Failure(`${file} exports no \`storage\`.`, storageMend)
  if (hasTables(storage)) return storage
  if ('getWithOwner' in storage) {
    out.line('This storage has no tables: there is nothing to migrate.')
    out.document({ applied: [], pending: [] })
    return undefined
  }
  throw new Failure(`What ${file} exports as \`storage\` is none.`, storageMend)
}

/** Whether a storage has tables that are migrated. */
export function hasTables(storage: object): storage is Migratable {
  return 'migrate' in storage && 'migrationStatus' in storage
}
