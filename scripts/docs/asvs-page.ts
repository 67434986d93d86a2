import { type Requirement, requirements, untested } from '../asvs/requirements.ts'
import { type Title, titlesInSuites } from '../asvs/titles.ts'
import { prose } from './prose.ts'

/** The table of requirements with the tests that prove them. */
export function asvsPage(): string {
  const titles = titlesInSuites()
  const chapters = [...new Set(requirements.map(({ chapter }) => chapter))]
  const tables = chapters.map((chapter) =>
    [
      `## ${chapter}`,
      '',
      '| id | requirement | level | who | proved by |',
      '| --- | --- | --- | --- | --- |',
      ...requirements.filter((row) => row.chapter === chapter).map((row) => rowOf(row, titles)),
    ].join('\n'),
  )
  return `${[prose('asvs'), ...tables].join('\n\n')}\n`
}

function rowOf({ id, text, level, who, page }: Requirement, titles: readonly Title[]): string {
  const documented = page === undefined ? [] : [`[${page}](${page.startsWith('docs/') ? page.slice(5) : `../${page}`})`]
  const proofs = titles
    .filter(({ ids }) => ids.includes(id))
    .map(({ file, title }) => `${file}: "${title.replace(/\|/g, '\\|')}"`)
  const reason = untested[id] === undefined ? [] : [`no test: ${untested[id]}`]
  return `| ${id} | ${text} | ${level} | ${who} | ${[...documented, ...new Set(proofs), ...reason].join('<br>')} |`
}
