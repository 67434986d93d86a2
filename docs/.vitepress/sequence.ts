import type { MarkdownRenderer } from 'vitepress'

type Step =
  | {
      readonly kind: 'message'
      readonly from: number
      readonly to: number
      readonly text: string
      readonly isReply: boolean
    }
  | { readonly kind: 'note'; readonly first: number; readonly last: number; readonly text: string }

interface Sequence {
  readonly names: readonly string[]
  readonly steps: readonly Step[]
}

const row = 44
const top = 56
/** Of a letter, on average. */
const letter = 6.7

/** Draws `mermaid` blocks of the kind `sequenceDiagram` when the site is built, so that no reader loads anything for them. */
export function drawSequences(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence
  md.renderer.rules.fence = (tokens, i, ...rest) => {
    const token = tokens[i]
    if (token?.info.trim() === 'mermaid') return `<div class="sequence" v-pre>${draw(parse(token.content))}</div>\n`
    return fence?.(tokens, i, ...rest) ?? ''
  }
}

/** Reads what we use of the language: participants, messages, replies and notes. Throws for any other line. */
function parse(text: string): Sequence {
  const ids: string[] = []
  const names: string[] = []
  const steps: Step[] = []
  const place = (id = '') => {
    if (!ids.includes(id)) throw new Error(`The diagram has no participant ${id}.`)
    return ids.indexOf(id)
  }
  for (const line of text.trim().split('\n').slice(1)) {
    if (/[;#]/.test(line)) throw new Error(`A diagram has a ; or #, which Mermaid takes for its own: ${line}`)
    const [, id, name] = /^\s*participant (\w+) as (.+)$/.exec(line) ?? []
    const [, from, arrow, to, said] = /^\s*(\w+)(-->>|->>)(\w+): (.+)$/.exec(line) ?? []
    const [, first, last, noted] = /^\s*Note over (\w+)(?:,(\w+))?: (.+)$/.exec(line) ?? []
    if (id !== undefined && name !== undefined) {
      ids.push(id)
      names.push(name)
    } else if (said !== undefined) {
      steps.push({ kind: 'message', from: place(from), to: place(to), text: said, isReply: arrow === '-->>' })
    } else if (noted !== undefined) {
      steps.push({ kind: 'note', first: place(first), last: place(last ?? first), text: noted })
    } else throw new Error(`A diagram has a line that is not understood: ${line}`)
  }
  return { names, steps }
}

function draw({ names, steps }: Sequence): string {
  const [places, width] = layout(names, steps)
  const x = (place: number) => places[place] ?? 0
  const height = top + steps.length * row + 16
  const lines = names.map((_, i) => `<path class="life" d="M${x(i)} 36V${height}"/>`)
  const boxes = names.map((name, i) => `${box('box', x(i) - 55, 6, 110)}${words(x(i), 26, name)}`)
  const drawn = steps.map((step, i) => drawStep(step, x, top + i * row))
  const label = steps.map(({ text }) => text).join('; ')
  const shapes = [...lines, ...boxes, ...drawn].join('')
  return `<svg role="img" aria-label="${escape(label)}" viewBox="0 0 ${width} ${height}" width="${width}">${shapes}</svg>`
}

/** Where each participant stands, so that what is said between two neighbours has room; and how wide it all is. */
function layout(names: readonly string[], steps: readonly Step[]): readonly [readonly number[], number] {
  const gaps = names.slice(1).map(() => 125)
  for (const step of steps) {
    if (step.kind === 'message' && Math.abs(step.from - step.to) === 1) {
      const left = Math.min(step.from, step.to)
      gaps[left] = Math.max(gaps[left] ?? 0, step.text.length * letter + 24)
    }
  }
  const margin = (place: number) =>
    Math.max(60, ...steps.map((step) => (step.kind === 'note' && step.first === place ? halfOf(step.text) + 4 : 0)))
  const first = names.length > 1 ? margin(0) : 60
  const places = names.map((_, i) => Math.round(first + gaps.slice(0, i).reduce((sum, gap) => sum + gap, 0)))
  return [places, Math.round((places.at(-1) ?? 0) + margin(names.length - 1))]
}

const halfOf = (text: string) => Math.max(70, (text.length * letter) / 2 + 12)

function drawStep(step: Step, x: (place: number) => number, y: number): string {
  if (step.kind === 'note') {
    const middle = (x(step.first) + x(step.last)) / 2
    const half = halfOf(step.text)
    return `${box('note', middle - half, y, 2 * half)}${words(middle, y + 20, step.text)}`
  }
  const [from, to] = [x(step.from), x(step.to)]
  const dash = step.isReply ? ' stroke-dasharray="5 4"' : ''
  const back = to < from ? 7 : -7
  const head = `M${to + back} ${y + 23}L${to} ${y + 28}L${to + back} ${y + 33}`
  return `<path class="arrow"${dash} d="M${from} ${y + 28}H${to}"/><path class="arrow" d="${head}"/>${words((from + to) / 2, y + 20, step.text)}`
}

function box(name: string, left: number, y: number, width: number): string {
  return `<rect class="${name}" x="${left}" y="${y}" width="${width}" height="30" rx="6"/>`
}

function words(middle: number, y: number, text: string): string {
  return `<text x="${middle}" y="${y}" text-anchor="middle">${escape(text)}</text>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
