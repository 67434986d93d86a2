import { main } from './main.ts'

/** Runs a command line, by default that of this process, and ends the process with its exit code. */
export async function runProcess(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { stdin, stdout, stderr } = process
  // Whoever reads may have read enough, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const code = await main(argv, { cwd: process.cwd(), stdin, stdout, stderr })
  // The application's connections would keep the process: it ends once everything is written.
  await new Promise((resolve) => stdout.write('', resolve))
  await new Promise((resolve) => stderr.write('', resolve))
  process.exit(code)
}
