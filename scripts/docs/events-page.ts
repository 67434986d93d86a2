import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failures } from '../../packages/core/src/audit-record.ts'
import { neverKept, repeated } from '../../packages/core/src/audit-trail.ts'
import { root } from '../run.ts'
import { prose } from './prose.ts'

/** An event as the catalogue names it. */
interface Row {
  readonly type: string
  readonly doc: string
  readonly says: string
}

/** The catalogue of events. */
export function eventsPage(): string {
  const files = ['events.ts', 'token-refusal.ts']
  const source = files.map((name) => readFileSync(join(root, 'packages/core/src', name), 'utf8')).join('\n')
  const rows = readRows(source)
  const lines = rows.map(
    ({ type, doc, says }) =>
      `| \`${type}\` | ${doc} | ${says} | ${failures.has(type as never) ? 'failure' : 'success'} | ${keptHow(type)} |`,
  )
  return [
    prose('events'),
    ['| event | what has happened | what it says | outcome | kept |', '| --- | --- | --- | --- | --- |', ...lines].join(
      '\n',
    ),
    '"Once a minute": anybody can cause it as often as they like; of the same, one a minute is kept. `token.refused` is kept only with a `userId`.',
    '## Values',
    ['| name | values |', '| --- | --- |', ...readValues(source)].join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n{2,}$/, '\n')
}

function keptHow(type: string): string {
  if (neverKept.has(type as never)) return 'no'
  return repeated.has(type as never) ? 'once a minute' : 'yes'
}

function readRows(source: string): readonly Row[] {
  const body = /export interface EventDetails \{\n(?<body>[\s\S]*?)\n\}\n/.exec(source)?.groups?.['body'] ?? ''
  const pattern =
    /^ {2}\/\*\* (?<doc>[^\n]+) \*\/\n {2}'?(?<type>[a-z_.]+)'?: (?<shape>[\s\S]*?)(?=\n {2}\/\*\*|(?![\s\S]))/gm
  const rows = [...body.matchAll(pattern)].map(({ groups }) => ({
    type: groups?.['type'] ?? '',
    doc: (groups?.['doc'] ?? '').replaceAll('|', '\\|'),
    says: describe(groups?.['shape'] ?? '', source),
  }))
  const all = [...body.matchAll(/^ {2}'?([a-z_.]+)'?: /gm)].map(([, type]) => type)
  const silent = all.filter((type) => !rows.some((row) => row.type === type))
  if (silent.length > 0 || rows.length === 0) throw new Error(`events.ts says nothing of ${silent.join(', ')}`)
  return rows
}

function describe(shape: string, source: string): string {
  const named = /^\w+$/.exec(shape)?.[0]
  const body =
    named === undefined ? shape : (new RegExp(`interface ${named} \\{([\\s\\S]*?)\\}`).exec(source)?.[1] ?? '')
  const members = [...body.matchAll(/readonly (?<name>\w+\??): (?<type>[^;\n}]+?)(?=[;\n]| \})/g)]
  return members
    .map(({ groups }) => {
      const type = (groups?.['type'] ?? '').replace(' | undefined', '').replace('readonly ', '')
      const shown = type === 'string' ? '' : `: ${type.replaceAll('|', '\\|')}`
      return `\`${groups?.['name']}${shown}\``
    })
    .join(', ')
}

function readValues(source: string): readonly string[] {
  const aliases = source.matchAll(/^export type (?<name>\w+) =(?<values>(?:\s*\|?\s*'\w+')+)\n/gm)
  return [...aliases].map(({ groups }) => {
    const values = [...(groups?.['values'] ?? '').matchAll(/'(\w+)'/g)].map(([, value]) => `\`${value}\``)
    return `| \`${groups?.['name']}\` | ${values.join(', ')} |`
  })
}
