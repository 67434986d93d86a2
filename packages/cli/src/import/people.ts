import { describe } from '../failure.ts'
import type { LeftOut, People, Person } from './bring.ts'
import type { PlacedRow, Row } from './source.ts'

/** Reads each row by itself: one that is odd keeps nobody else away. */
export function readPeople(
  rows: readonly PlacedRow[],
  who: (row: Row) => { readonly id: string; readonly username: string },
  rest: (row: Row) => Omit<Person, 'id' | 'username'>,
): People {
  const people: Person[] = []
  const leftOut: LeftOut[] = []
  for (const { row, place } of rows) {
    const { id, username } = who(row)
    try {
      people.push({ ...rest(row), id, username })
    } catch (error) {
      const { message, mend } = describe(error)
      leftOut.push({ id, username, problem: `${place}: ${message}${mend === undefined ? '' : `: ${mend}`}` })
    }
  }
  return { people, leftOut }
}
