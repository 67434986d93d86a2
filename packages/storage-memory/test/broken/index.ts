import { onCounters } from './counters.ts'
import { onData } from './data.ts'
import { onEntries } from './entries.ts'
import { onKeys } from './keys.ts'
import { onLists } from './lists.ts'
import { onOwners } from './owners.ts'
import { onSweeps } from './sweeps.ts'
import type { Broken } from './tools.ts'

/** Every storage that must not pass. */
export const brokenStorages: readonly Broken[] = [
  ...onEntries,
  ...onKeys,
  ...onData,
  ...onLists,
  ...onOwners,
  ...onCounters,
  ...onSweeps,
]
