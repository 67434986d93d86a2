import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('@sallyport/client is under 4 kB, minified and gzipped, and needs nothing of Node', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  })
  const size = gzipSync(outputFiles[0]?.contents ?? '').length
  console.log(`@sallyport/client: ${size} bytes`)
  expect(size).toBeGreaterThan(500)
  expect(size).toBeLessThan(4000)
})
