import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../failure.ts'

/** Makes a folder, and those above it, where they are not there yet. Throws a failure when it can't be had. */
export function makeFolder(folder: string): void {
  try {
    make(folder)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(`${folder} can't be made (${reason}).`, 'name a folder that this user may write to')
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
    // Another process was faster. A symbolic link to nothing is no folder.
    const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    if (!isThere) throw error
  }
}
