import { globalOptions, type OptionSpec } from './arguments.ts'
import type { Command } from './command.ts'

/** What there is, in groups. */
export function overview(commands: readonly Command[], group?: string): string {
  const shown = commands.filter(({ name }) => group === undefined || name === group || name.startsWith(`${group} `))
  const rows = shown.map((command) => [usageOf(command), command.summary] as const)
  return [
    `Usage: sallyport ${group === undefined ? 'COMMAND' : `${group} …`} [OPTIONS]`,
    '',
    ...columns(rows),
    '',
    ...columns(Object.entries(globalOptions).map(optionRow)),
    '',
    'Exit codes: 0 all is well, 1 something is wrong or could not be done, 2 the command line can’t be understood.',
  ].join('\n')
}

/** How one command is used. */
export function helpOf(command: Command): string {
  const { summary, options = {}, notes = [] } = command
  const rows = Object.entries({ ...options, ...globalOptions }).map(optionRow)
  const end = notes.length === 0 ? [] : ['', ...notes]
  return [
    `Usage: sallyport ${usageOf(command)} [OPTIONS]`,
    '',
    `${capital(summary)}.`,
    '',
    ...columns(rows),
    ...end,
  ].join('\n')
}

/** A command with what stands behind it. */
export function usageOf({ name, positionals = [] }: Command): string {
  const places = positionals.map((place) => {
    const text = place.replace('?', '')
    return place.includes('?') ? `[${text}]` : text
  })
  return [name, ...places].join(' ')
}

function optionRow([name, { short, value, summary, choices, multiple }]: [string, OptionSpec]): readonly [
  string,
  string,
] {
  const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
  const more = `${choices === undefined ? '' : ` (${choices.join(', ')})`}${multiple ? '; may be given again' : ''}`
  return [flag, summary + more]
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
