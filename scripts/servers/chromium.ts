import { findBinary } from './binary.ts'
import type { Server } from './process.ts'

/** Finds Chromium, which the tests start themselves: `url` is the path of its program. */
export async function findChromium(): Promise<Server> {
  return { url: await findBinary('chromium', 'chromium', 'CHROMIUM_PATH'), pid: 0, stop: async () => {} }
}
