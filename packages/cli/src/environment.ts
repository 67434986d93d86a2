import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Reads the `.env` of a folder, if there is one. What is set already stays as it is. */
export function loadEnvironment(folder: string): void {
  const file = join(folder, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
}
