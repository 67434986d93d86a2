import { parseArgs } from 'node:util'
import { misused } from './failure.ts'
import { suggest } from './suggest.ts'

/** An option of a command. */
export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** May be given more than once. */
  readonly multiple?: boolean
  /** What the value is called in the help, as in `FILE`. */
  readonly value?: string
  readonly summary: string
  /** All that it may be. */
  readonly choices?: readonly string[]
}

/** What was given on the command line, by name. */
export interface Arguments {
  has(option: string): boolean
  text(option: string): string | undefined
  texts(option: string): readonly string[]
  /** A whole number of at least 1. */
  count(option: string): number | undefined
  /** What stands at a place of the command, which is not to be left out. */
  positional(name: string): string
  optional(name: string): string | undefined
  /** Everything at the place that takes the rest. */
  rest(name: string): readonly string[]
}

/** What may be written with every command. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  config: { type: 'string', short: 'c', value: 'FILE', summary: 'the module that exports `auth` and `storage`' },
  json: { type: 'boolean', summary: 'answer with one JSON document' },
  help: { type: 'boolean', short: 'h', summary: 'say how it is used' },
}

/** Reads what stands behind the name of a command. Throws a usage failure for whatever it does not know. */
export function readArguments(
  argv: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
  places: readonly string[] = [],
): Arguments {
  const all = { ...globalOptions, ...specs }
  const options = Object.fromEntries(
    Object.entries(all).map(([name, { type, short }]) => [name, { type, ...(short && { short }) }]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') add(given, token.name, token.rawName, token.value, all)
  }
  return reader(given, byPlace(positionals, places, given.has('help')))
}

function add(
  given: Map<string, string[]>,
  name: string,
  raw: string,
  value: string | undefined,
  specs: Readonly<Record<string, OptionSpec>>,
): void {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (spec === undefined) {
    const meant = suggest(name, Object.keys(specs))
    const mend = raw.startsWith('--') ? undefined : 'write -- before an id that begins with -'
    throw misused(`There is no option ${raw} here.`, meant ? `did you mean --${meant}?` : mend)
  }
  if (spec.type === 'string' && (value === undefined || value === '')) {
    throw misused(`${raw} needs a value.`, `write ${raw} ${spec.value ?? 'VALUE'}`)
  }
  if (spec.type === 'boolean' && value !== undefined) throw misused(`${raw} takes no value.`, `write ${raw} alone`)
  if (value !== undefined && spec.choices !== undefined && !spec.choices.includes(value)) {
    const meant = suggest(value, spec.choices)
    throw misused(
      `${raw} can't be ${JSON.stringify(value)}.`,
      `${meant ? `did you mean ${meant}? It` : 'it'} is one of ${spec.choices.join(', ')}`,
    )
  }
  const before = given.get(name)
  if (before !== undefined && spec.multiple !== true) throw misused(`${raw} is given twice.`, 'give it once')
  given.set(name, [...(before ?? []), value ?? ''])
}

function byPlace(
  values: readonly string[],
  places: readonly string[],
  isLoose: boolean,
): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  let left = values
  for (const place of places) {
    const name = place.replace(/[?…]+$/, '')
    const taken = place.includes('…') ? left : left.slice(0, 1)
    left = left.slice(taken.length)
    if (taken.length === 0 && !place.includes('?') && !isLoose) throw misused(`${name} is missing.`)
    found.set(name, taken)
  }
  if (left[0] !== undefined && !isLoose) throw misused(`${JSON.stringify(left[0])} is one word too many.`)
  return found
}

function reader(
  given: ReadonlyMap<string, readonly string[]>,
  places: ReadonlyMap<string, readonly string[]>,
): Arguments {
  const text = (option: string) => given.get(option)?.[0]
  return {
    has: (option) => given.has(option),
    text,
    texts: (option) => given.get(option) ?? [],
    count(option) {
      const value = text(option)
      if (value === undefined) return undefined
      if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
      throw misused(`--${option} is ${JSON.stringify(value)}.`, 'give a whole number of at least 1')
    },
    positional: (name) => places.get(name)?.[0] ?? '',
    optional: (name) => places.get(name)?.[0],
    rest: (name) => places.get(name) ?? [],
  }
}
