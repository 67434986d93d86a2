import { watch } from 'node:fs'
import { join } from 'node:path'
import { root, runTool } from '../../run.ts'
import { writeSite } from './write.ts'

const isServed = process.argv.includes('--serve')
// Whoever writes a page need not build the packages first.
writeSite({ mayBePartial: isServed })
if (isServed) {
  // Not `docs` as a whole: what is written into it would be told of as well.
  for (const name of ['docs', 'docs/start', 'docs/migrate']) {
    watch(join(root, name), (_, file) => file?.endsWith('.md') && writeSite({ mayBePartial: true })).unref()
  }
}
const { ok } = await runTool('vitepress', [isServed ? 'dev' : 'build', 'docs'], { show: true })
if (!ok) process.exitCode = 1
else if (!isServed) console.log('The site is in docs/.vitepress/dist. To look at it: npx vitepress preview docs')
