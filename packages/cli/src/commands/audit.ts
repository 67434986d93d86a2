import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import type { Command } from '../command.ts'
import { loadEnvironment } from '../environment.ts'
import { exitCodes, Failure } from '../failure.ts'
import { readInstant } from '../time.ts'
import { authOf, userOf } from '../users.ts'

const exportAudit: Command = {
  name: 'audit export',
  summary: 'write the events, newest first, as lines of JSON that prove one another',
  options: {
    out: { type: 'string', value: 'FILE', summary: 'where to: the standard output if left out' },
    user: { type: 'string', value: 'USER', summary: 'those of one user' },
    since: { type: 'string', value: 'WHEN', summary: 'from then on, as in 2027-01-31 or 90d' },
    until: { type: 'string', value: 'WHEN', summary: 'before then' },
  },
  async run(call) {
    const { args, out, terminal } = call
    const auth = await authOf(call)
    const [user, since, until, file] = ['user', 'since', 'until', 'out'].map(args.text)
    const lines = auth.audit.export({
      userId: user === undefined ? undefined : (await userOf(auth, user)).id,
      since: since === undefined ? undefined : readInstant('since', since, 'ago'),
      until: until === undefined ? undefined : readInstant('until', until, 'ago'),
    })
    // What is there already stays: an export is evidence.
    const target =
      file === undefined ? terminal.stdout : createWriteStream(resolve(terminal.cwd, file), { flags: 'wx' })
    if (file !== undefined) await once(target, 'open')
    let [count, events] = [0, 0]
    for await (const line of lines) {
      if ('event' in (JSON.parse(line) as object)) events++
      if (!target.write(`${line}\n`)) await once(target, 'drain')
      if (++count % 500 === 0) out.progress(`${count} lines`)
    }
    if (file === undefined) return
    target.end()
    await finished(target)
    out.line(
      `${events} events are in ${file}. The other ${count - events} of its ${count} lines are its head and checkpoints.`,
    )
    out.document({ file, lines: count, events })
  },
}

const verify: Command = {
  name: 'audit verify',
  summary: 'say whether an export is whole and as it was written; exit code 1 when it is not',
  positionals: ['FILE'],
  options: {
    'secret-env': {
      type: 'string',
      value: 'NAME',
      multiple: true,
      summary: 'a variable with a value of `secret`: SALLYPORT_SECRET and SALLYPORT_SECRET_BEFORE if left out',
    },
  },
  notes: ['- as FILE is the standard input. Nothing but the file and the secret is needed.'],
  async run({ args, out, terminal }) {
    const file = args.positional('FILE')
    const input = file === '-' ? terminal.stdin : createReadStream(resolve(terminal.cwd, file))
    if (file !== '-') await once(input, 'open')
    const lines = createInterface({ input, crlfDelay: Infinity })
    // Loaded here: no other command needs core before the application brings it.
    const { verifyAudit } = await import('@sallyport/core')
    const verdict = await verifyAudit(lines, secretsOf(args.texts('secret-env'), terminal.cwd))
    const { ok, events, faults, checkpoint } = verdict
    for (const { line, kind, message } of faults) out.line(`line ${line}  ${kind}  ${message}`)
    out.line(
      ok
        ? `The export is whole: ${events} events, and its head and checkpoints.`
        : `The export is not as it was written${checkpoint ? `; its first ${checkpoint.events} events are, up to line ${checkpoint.line}` : ''}.`,
    )
    out.document(verdict)
    return ok ? exitCodes.ok : exitCodes.failed
  },
}

function secretsOf(names: readonly string[], cwd: string): readonly string[] {
  loadEnvironment(cwd)
  const wanted = names.length > 0 ? names : ['SALLYPORT_SECRET', 'SALLYPORT_SECRET_BEFORE']
  const secrets = wanted.flatMap((name) => process.env[name] || [])
  if (secrets.length > 0) return secrets
  throw new Failure(
    `There is no secret in ${wanted.join(' or ')}.`,
    'set it, or name the variable that has it: --secret-env NAME',
  )
}

export const audit: readonly Command[] = [exportAudit, verify]
