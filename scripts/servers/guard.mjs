// Runs one server. Its stdin is a pipe from the run that wants the server: when that closes, for whatever reason
// (the run was killed, too), the server is ended and its directory removed.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const [directory, signal, command, ...args] = process.argv.slice(2)
const server = spawn(command, args, { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] })
if (server.pid) process.stdout.write(`pid ${server.pid}\n`)

process.stdout.on('error', () => {})
for (const name of ['SIGINT', 'SIGHUP']) process.on(name, () => {})
process.on('SIGTERM', end)
process.stdin.on('end', end).on('error', end).resume()
server.on('error', (error) => finish(String(error)))
server.on('exit', (code, by) => finish(`ended by ${by ?? `itself with code ${code}`}`))

function end() {
  server.kill('SIGCONT')
  server.kill(signal)
  setTimeout(() => server.kill('SIGKILL'), 3000).unref()
}

function finish(reason) {
  process.stdout.write(`${command}: ${reason}\n`, () => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
    process.exit()
  })
}
