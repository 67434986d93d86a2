import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { EnvironmentError } from './environment-error.ts'

/** Makes the folder of the defaults, and those above it, where they are not there yet. Throws `EnvironmentError`. */
export function makeDataFolder(folder: string): void {
  try {
    make(folder)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError('DATA', `can't be had (${reason})`, 'name a folder that this user may write to')
  }
}

/** Step by step: Node's own recursion never ends below a folder that lets nothing be made in it, such as `/proc`. */
function make(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  if (found !== undefined) throw new Error(`${folder} is a file`)
  make(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process that starts at the same time was faster.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
