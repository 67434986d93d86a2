import { type Application, applicationLoader } from './application.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { describe, exitCodes, misused } from './failure.ts'
import { helpOf, overview } from './help.ts'
import { createOutput } from './output.ts'
import { suggest } from './suggest.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

/** Runs a command line, and resolves to its exit code: 0 well, 1 findings or a failure, 2 a wrong command line. Never rejects. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const out = createOutput(terminal, argv.includes('--json'))
  try {
    return await run(argv, terminal)
  } catch (error) {
    const { message, mend, exitCode, code } = describe(error)
    out.document({ error: { message, mend, code } })
    if (!out.isJson) out.note(`error: ${message}${mend ? `\n  mend: ${mend}` : ''}`)
    return exitCode
  }
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const out = createOutput(terminal, argv.includes('--json'))
  const words = argv.slice(0, argv.findIndex((word) => word.startsWith('-')) >>> 0)
  if (argv[0] === '--version' || argv[0] === '-V') {
    terminal.stdout.write(`${version()}\n`)
    return exitCodes.ok
  }
  const asksForHelp = argv.some((word) => word === '--help' || word === '-h')
  const command = find(words)
  const isMistyped = command !== undefined && isNearAnother(command, words)
  if (isMistyped) throw unknown(words)
  if (command === undefined) {
    if (words.length === 0 && !asksForHelp && argv.some((word) => !word.startsWith('-'))) {
      throw misused('The command comes first.', 'write `sallyport COMMAND [OPTIONS]`')
    }
    const [group] = words[0] === 'help' ? words.slice(1) : words
    const isGroup = commands.some(({ name }) => name.startsWith(`${group} `))
    if (words.length > (isGroup ? 1 : 0) && words[0] !== 'help') throw unknown(words)
    terminal.stdout.write(`${overview(commands, isGroup ? group : undefined)}\n`)
    return asksForHelp || words[0] === 'help' ? exitCodes.ok : exitCodes.usage
  }
  if (asksForHelp) {
    terminal.stdout.write(`${helpOf(command)}\n`)
    return exitCodes.ok
  }
  const rest = argv.slice(command.name.split(' ').length)
  const args = readArguments(rest, command.options ?? {}, command.positionals)
  let loaded: Promise<Application> | undefined
  const application = () => (loaded ??= applicationLoader(terminal.cwd, args.text('config')))
  try {
    return (await command.run({ args, out, terminal, application })) ?? exitCodes.ok
  } finally {
    await loaded?.then(({ close }) => close()).catch(() => undefined)
  }
}

/** The command whose words come first; of several the longest. */
function find(words: readonly string[]): Command | undefined {
  const line = `${words.join(' ')} `
  return commands.filter(({ name }) => line.startsWith(`${name} `)).sort((a, b) => b.name.length - a.name.length)[0]
}

/** Whether a word that a command does not take was meant to name another one, as in `migrate statsu`. */
function isNearAnother({ name, positionals = [] }: Command, words: readonly string[]): boolean {
  const next = words[name.split(' ').length]
  if (next === undefined || positionals.length > 0) return false
  return suggest(`${name} ${next}`, namesIn(`${name} `)) !== undefined
}

function namesIn(start: string): readonly string[] {
  return commands.map(({ name }) => name).filter((name) => name.startsWith(start))
}

function unknown(words: readonly string[]): Error {
  const typed = words.slice(0, 2).join(' ')
  const [first = ''] = words
  const names = namesIn('')
  const groups = [...new Set(names.map((name) => name.split(' ')[0] ?? ''))]
  const meant = groups.includes(first) ? suggest(typed, names) : (suggest(typed, names) ?? suggest(first, groups))
  const isGroup = groups.includes(first)
  return misused(
    `There is no command ${JSON.stringify(isGroup ? typed : first)}.`,
    meant
      ? `did you mean \`sallyport ${meant}\`?`
      : `\`sallyport ${isGroup ? `${first} --help` : '--help'}\` lists them`,
  )
}
