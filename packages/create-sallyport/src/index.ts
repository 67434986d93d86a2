import { runProcess } from '@sallyport/cli'

/** Sets a server up as `sallyport init` does, by the arguments of this process, and ends the process with its exit code. */
export function create(): Promise<void> {
  return runProcess(['init', ...process.argv.slice(2)])
}
