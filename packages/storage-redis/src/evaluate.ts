import type { ServerClock } from './clock.ts'
import type { Send } from './redis.ts'
import type { Script } from './scripts.ts'

/** Runs a script on its key. The server may have forgotten it, as after a restart: then it is sent in full. */
export async function evaluate(
  send: Send,
  { sha, source }: Script,
  key: string,
  ...args: readonly string[]
): Promise<unknown> {
  try {
    return await send(key, ['EVALSHA', sha, '1', key, ...args])
  } catch (error) {
    if (!says(error, 'NOSCRIPT')) throw error
    return send(key, ['EVAL', source, '1', key, ...args])
  }
}

/**
 * Runs a script that does nothing after an instant of `performance.now()`, by the server's clock: a server that was
 * stopped, and then reads what had been sent to it, would count attempts and use up tokens of callers long gone.
 */
export async function evaluateBy(
  until: number,
  clock: ServerClock,
  send: Send,
  script: Script,
  key: string,
  ...args: readonly string[]
): Promise<unknown> {
  try {
    return await evaluate(send, script, key, String(clock.at(until)), ...args)
  } catch (error) {
    if (!says(error, 'LATE')) throw error
    // Or the clocks differ, and the server has just said by how much.
    clock.set(Number(error.message.split(' ')[1]))
    return evaluate(send, script, key, String(clock.at(until)), ...args)
  }
}

function says(error: unknown, code: string): error is Error {
  return error instanceof Error && error.message.startsWith(code)
}
