import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { expect, test } from 'vitest'
import { weighCore } from './bundle.ts'

/** In bytes, minified and gzipped. A larger one is a decision, and stands in the changelog. */
const budgets = { core: 25_000, adapter: 3000, client: 4000 }

const sourceOf = (name: string) => fileURLToPath(new URL(`../../packages/${name}/src/index.ts`, import.meta.url))

/** The core is there anyway; what it keeps for adapters alone, `/node` and `/fetch`, counts. */
const withoutCore: Plugin = {
  name: 'without-core',
  setup({ onResolve }) {
    onResolve({ filter: /^@sallyport\/core$/ }, ({ path }) => ({ path, external: true }))
  },
}

async function weigh(name: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [sourceOf(name)],
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
  return size
}

test('core is under 25 kB at the start, minified and gzipped, with all that it brings but native code', async () => {
  const { initial, all } = await weighCore(sourceOf('core'))
  console.log(`@sallyport/core: ${initial} bytes at the start, ${all} with what is loaded on demand`)
  expect(initial).toBeGreaterThan(10_000)
  expect(initial).toBeLessThan(budgets.core)
  expect(all).toBeGreaterThan(2 * initial)
})

test.each(['express', 'koa', 'hono'])(
  '%s is under 3 kB, minified and gzipped, with all that it brings',
  async (name) => {
    const size = await weigh(name)
    expect(size).toBeGreaterThan(500)
    expect(size).toBeLessThan(budgets.adapter)
  },
)
