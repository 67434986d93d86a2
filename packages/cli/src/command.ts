import type { Application } from './application.ts'
import type { Arguments, OptionSpec } from './arguments.ts'
import type { Output } from './output.ts'
import type { Terminal } from './terminal.ts'

/** One thing to say on a command line, by its words. */
export interface Command {
  /** As in `users create`. */
  readonly name: string
  readonly summary: string
  /** What stands after the name, as in `USER [ID…]`; one name for each. `?` may be left out, `…` takes all the rest. */
  readonly positionals?: readonly string[]
  readonly options?: Readonly<Record<string, OptionSpec>>
  /** What there is to know besides, below the options in its help. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code; to nothing when all is well. */
  run(call: Call): Promise<number | void>
}

/** One call of a command. */
export interface Call {
  readonly args: Arguments
  readonly out: Output
  readonly terminal: Terminal
  /** The application of the config module; loaded once, and closed after the command. */
  application(): Promise<Application>
}
