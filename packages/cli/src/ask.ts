import { createInterface } from 'node:readline/promises'
import { Failure } from './failure.ts'
import { oneLine } from './output.ts'
import { suggest } from './suggest.ts'
import type { Terminal } from './terminal.ts'

/** Questions to whoever sits at the terminal. Whoever leaves instead of answering is a failure. */
export interface Questions {
  /** One of several; asked again until it is. Return alone takes the usual one. */
  choose<Choice extends string>(question: string, choices: readonly Choice[], usual: Choice): Promise<Choice>
  agree(question: string): Promise<boolean>
  close(): void
}

/** Asks on the standard error, which is not piped away. */
export function questions({ stdin, stderr }: Terminal): Questions {
  const lines = createInterface({ input: stdin, output: stderr })
  const left = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new Failure('Nothing was done: there was no answer.')))
  })
  // Also after the last answer, when nobody waits for one any more.
  left.catch(() => {})
  const ask = async (question: string): Promise<string> =>
    (await Promise.race([lines.question(oneLine(question)), left])).trim().toLowerCase()

  return {
    async choose(question, choices, usual) {
      for (;;) {
        const answer = await ask(`${question} (${choices.join(', ')}) [${usual}] `)
        const choice = answer === '' ? usual : choices.find((one) => one === answer)
        if (choice !== undefined) return choice
        const meant = suggest(answer, choices)
        stderr.write(`That is none of them${meant === undefined ? '.' : `: did you mean ${meant}?`}\n`)
      }
    },
    agree: async (question) => /^y(es)?$/.test(await ask(`${question}? [y/N] `)),
    close: () => lines.close(),
  }
}
