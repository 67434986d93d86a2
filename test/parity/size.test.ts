import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { expect, test } from 'vitest'

const limit = 3000

/** The core is there anyway; what it keeps for adapters alone, `/node` and `/fetch`, counts. */
const withoutCore: Plugin = {
  name: 'without-core',
  setup({ onResolve }) {
    onResolve({ filter: /^@sallyport\/core$/ }, ({ path }) => ({ path, external: true }))
  },
}

test.each(['express', 'koa', 'hono'])(
  '%s is under 3 kB, minified and gzipped, with all that it brings',
  async (name) => {
    const entry = fileURLToPath(new URL(`../../packages/${name}/src/index.ts`, import.meta.url))
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      external: ['express', 'koa', 'hono'],
      plugins: [withoutCore],
      conditions: ['@sallyport/source'],
      legalComments: 'none',
    })
    const size = gzipSync(outputFiles[0]?.contents ?? '').length
    console.log(`@sallyport/${name}: ${size} bytes`)
    expect(size).toBeGreaterThan(500)
    expect(size).toBeLessThan(limit)
  },
)
