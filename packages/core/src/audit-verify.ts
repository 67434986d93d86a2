import { type Chain, type ChainLine, createChain, readLine } from './audit-chain.ts'
import type { Checkpoint } from './audit-export.ts'

/** What is not as it was exported. `line` counts from 1; what was removed or cut off is missing after it. */
export interface AuditFault {
  readonly kind: 'changed' | 'removed' | 'inserted' | 'reordered' | 'truncated' | 'unknown_secret'
  readonly line: number
  readonly message: string
}

/** What an export is worth. It is whole and unchanged only when `ok`. */
export interface AuditVerdict {
  readonly ok: boolean
  /** Events whose lines are as they were exported. */
  readonly events: number
  /** What the export says of itself: `at`, and what it was asked for. */
  readonly header: Readonly<Record<string, unknown>> | undefined
  /** The last signed checkpoint before the first fault: so many events, up to this line, are whole. */
  readonly checkpoint: { readonly line: number; readonly events: number } | undefined
  /** By their lines; after a hundred the rest is not looked at. */
  readonly faults: readonly AuditFault[]
}

const maxFaults = 100

/** Judges the lines of an export, without their line ends. Throws `invalid_setting` for a secret that is none. */
export async function verifyLines(
  lines: Iterable<string> | AsyncIterable<string>,
  secrets: string | readonly string[],
): Promise<AuditVerdict> {
  const chains = (typeof secrets === 'string' ? [secrets] : secrets).map(createChain)
  const faults: AuditFault[] = []
  /** Numbers that were passed over, each with the line after which it is missing. */
  const gaps = new Map<number, number>()
  /** Lines since the last one of ours that nobody vouches for. */
  let strangers: number[] = []
  let chain: Chain | undefined
  let line = 0
  let events = 0
  let last: Pick<ChainLine, 'number' | 'proof'> = { number: -1, proof: '' }
  let ended = false
  let header: AuditVerdict['header']
  let checkpoint: AuditVerdict['checkpoint']

  const fault = (kind: AuditFault['kind'], at: number, message: string) => void faults.push({ kind, line: at, message })
  const changed = (at: number) => fault('changed', at, `Line ${at} is not as it was exported.`)
  const inserted = (at: number) => fault('inserted', at, `Line ${at} is none of this export.`)

  function isOurs(read: ChainLine): boolean {
    chain ??= chains.find((one) => one.isOurs(read))
    return chain?.isOurs(read) ?? false
  }

  /** Strangers stand for numbers that are missing: each for one that was changed, and the others were put in. */
  function settle(missing: number): void {
    for (const [index, at] of strangers.entries()) (index < missing ? changed : inserted)(at)
    strangers = []
  }

  /** A line that only we can have written: whether it stands where it belongs. */
  function place({ number, previous, proof }: ChainLine): void {
    if (number <= last.number) {
      if (gaps.delete(number)) fault('reordered', line, `Line ${line} belongs further up: it is number ${number}.`)
      else inserted(line)
      return
    }
    const from = last.number + 1
    const known = strangers.length
    for (let gap = from + known; gap < number && gaps.size < maxFaults; gap++) gaps.set(gap, line - 1)
    settle(number - from)
    if (number === from && previous !== last.proof) {
      fault('inserted', line, `Line ${line} does not continue the line before it: it is of another export.`)
    }
    last = { number, proof }
  }

  function accept({ kind, body }: ChainLine): void {
    if (kind === 'event') events++
    else if (kind === 'export') header ??= JSON.parse(body) as Record<string, unknown>
    else {
      const said = JSON.parse(body) as Checkpoint
      ended ||= said.end
      if (faults.length === 0 && gaps.size === 0) checkpoint = { line, events: said.events }
    }
  }

  for await (const text of lines) {
    line++
    const read = readLine(text)
    if (read === undefined || !isOurs(read)) strangers.push(line)
    else {
      place(read)
      accept(read)
    }
    if (faults.length + gaps.size + strangers.length >= maxFaults) break
  }

  if (chain === undefined && line > 0) {
    fault('unknown_secret', 1, 'No line was exported under this secret.')
    return { ok: false, events, header, checkpoint, faults }
  }
  settle(ended ? 0 : Infinity)
  for (const [number, after] of gaps) fault('removed', after, `Number ${number} is missing after line ${after}.`)
  if (!ended && faults.length < maxFaults) fault('truncated', line, describeCut(line, checkpoint?.line))
  return { ok: faults.length === 0, events, header, checkpoint, faults: faults.sort((a, b) => a.line - b.line) }
}

function describeCut(line: number, checkpoint: number | undefined): string {
  if (line === 0) return 'There is nothing.'
  return line === checkpoint
    ? `The export breaks off with the checkpoint in line ${line}: all before it is whole, what followed is missing.`
    : `The export breaks off after line ${line}, which is not its end.`
}
