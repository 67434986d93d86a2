/** A variable that can't work. The message names it and its mend. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'

  constructor(variable: string, problem: string, mend: string) {
    super(`${variable} ${problem}: ${mend}.`)
  }
}
