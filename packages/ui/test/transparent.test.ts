import { protect, identify, sallyport } from '@sallyport/express'
import type { Auth } from '@sallyport/core'
import { adapterContract } from '@sallyport/core/testing'
import { memoryStorage } from '@sallyport/storage-memory'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openExpress } from '../../express/test/app.ts'
import { pages } from '../src/index.ts'

// With the pages in between, an application and its programs see nothing else than without them.
const adapter = { protect, identify, sallyport: (auth: Pick<Auth, 'visit'>) => sallyport(pages(auth as Auth)) }
const runner = { describe, it, beforeAll, afterAll }
adapterContract(runner, 'Express with pages', openExpress(5, adapter), { storage: memoryStorage })
