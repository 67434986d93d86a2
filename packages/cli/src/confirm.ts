import type { OptionSpec } from './arguments.ts'
import { questions } from './ask.ts'
import type { Call } from './command.ts'
import { Failure, misused } from './failure.ts'

/** The option that answers every question with yes. */
export const yesOption: Readonly<Record<'yes', OptionSpec>> = {
  yes: { type: 'boolean', short: 'y', summary: 'ask nothing' },
}

/** Asks before something that can't be taken back. Throws a failure unless the answer is yes. */
export async function confirm({ args, terminal }: Call, what: string): Promise<void> {
  if (args.has('yes')) return
  if (!terminal.stdin.isTTY) throw misused(`${what}? There is no terminal to ask at.`, 'say --yes')
  const { agree, close } = questions(terminal)
  if (!(await agree(what).finally(close))) throw new Failure('Nothing was done.')
}
