import { inject } from 'vitest'
import type { ServerName } from './names.ts'
import './setup.ts'

/**
 * The address of a real server, shared by all tests of a run and started with the first call: await it at the top of a
 * test file. Throws when there is none to be had; under `ALLOW_MISSING=1` it is `undefined`, and the tests that need it
 * are left out by name (`describe.skipIf(!url)`).
 */
export async function serverUrl(name: ServerName): Promise<string | undefined> {
  const response = await fetch(`${inject('servers')}/${name}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text || undefined
}
