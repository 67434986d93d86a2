/** The middle of several runs, which one disturbed run does not move. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Nanoseconds a call, over so many calls one after the other. */
export async function nanoseconds(calls: number, run: () => unknown): Promise<number> {
  const start = process.hrtime.bigint()
  for (let i = 0; i < calls; i++) await run()
  return Number(process.hrtime.bigint() - start) / calls
}

/** The medians of several candidates measured in turns, so that what disturbs the machine disturbs them alike. */
export async function alternate<Name extends string>(
  rounds: number,
  candidates: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(candidates) as Name[]
  const runs = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (const name of names) await candidates[name]()
  for (let round = 0; round < rounds; round++) {
    for (const name of names) runs.get(name)?.push(await candidates[name]())
  }
  return Object.fromEntries(names.map((name) => [name, median(runs.get(name) ?? [])])) as Record<Name, number>
}

/** One line of the results: a figure, what was wanted, and whether it was reached. */
export function report(
  what: string,
  figure: number,
  unit: string,
  bound?: readonly ['at most' | 'at least', number],
): void {
  const text = `${figure >= 100 ? figure.toFixed(0) : figure.toFixed(2)} ${unit}`.trim()
  const reached = bound === undefined || (bound[0] === 'at most' ? figure <= bound[1] : figure >= bound[1])
  const wanted = bound === undefined ? '' : `${bound[0]} ${bound[1]}`
  console.log(`| ${what} | ${text} | ${wanted} | ${bound === undefined ? '' : reached ? 'yes' : '**no**'} |`)
}

/** The head of a table of results. */
export function section(title: string): void {
  console.log(`\n### ${title}\n\n| what | measured | wanted | reached |\n| --- | --- | --- | --- |`)
}
