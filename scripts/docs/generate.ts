import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.ts'
import { generatedPages } from './pages.ts'

for (const [path, page] of Object.entries(generatedPages)) writeFileSync(join(root, path), page())
