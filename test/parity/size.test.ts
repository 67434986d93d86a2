import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { packageFolders } from '../../scripts/packages.ts'
import { weighCore } from './bundle.ts'

/**
 * The most that an application may load of each package, in bytes, minified and gzipped: our own code, and with the
 * dependencies that it brings. Core counts by itself, and what the application has anyway (its framework, its driver) does not.
 */
const budgets: Readonly<Record<string, Budget>> = {
  core: { own: 25_000 }, // at the start: the rest is loaded on demand
  express: { own: 3000 },
  koa: { own: 3000 },
  hono: { own: 3000 },
  client: { own: 4000 },
  ui: { own: 40_700, all: 45_000 },
  cli: { own: 26_800 },
  'create-sallyport': { own: 200, all: 26_800 },
  passkeys: { own: 2520, all: 123_000 },
  oidc: { own: 9400, all: 30_300 },
  saml: { own: 4900, all: 156_000 },
  ldap: { own: 3480, all: 18_600 },
  'storage-memory': { own: 2000 },
  'storage-sql': { own: 8950, all: 42_000 },
  'storage-redis': { own: 6200 },
}

interface Budget {
  readonly own: number
  /** With dependencies; as `own` where there are none. */
  readonly all?: number
}

const peers = ['express', 'koa', 'hono', 'redis', 'ioredis', 'pg', 'mysql2', 'better-sqlite3', '@electric-sql/pglite']

const sourceOf = (name: string) => fileURLToPath(new URL(`../../packages/${name}/src/index.ts`, import.meta.url))

/** The core is there anyway; what it keeps for adapters and pages alone, its other entries, counts. */
const withoutCore: Plugin = {
  name: 'without-core',
  setup({ onResolve }) {
    onResolve({ filter: /^@sallyport\/core$/ }, ({ path }) => ({ path, external: true }))
  },
}

const withoutDependencies: Plugin = {
  name: 'without-dependencies',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path }) =>
      path.startsWith('@sallyport/core/') ? undefined : { path, external: true },
    )
  },
}

async function weigh(name: string, plugins: readonly Plugin[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${sourceOf(name)}'`, resolveDir: '.' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    // For a browser, what needs anything of Node does not bundle.
    platform: name === 'client' ? 'browser' : 'node',
    external: peers,
    plugins: [...plugins],
    conditions: ['@sallyport/source'],
    legalComments: 'none',
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0]?.contents ?? '').length
}

function expectWithin(what: string, size: number, budget: number): void {
  console.log(`${what}: ${size} bytes of ${budget}`)
  // Nothing at all is no success: it was not bundled.
  expect(size).toBeGreaterThan(budget / 3)
  if (size <= budget) return
  throw new Error(
    `${what} is ${size} bytes, minified and gzipped, and may be ${budget}. Find what made it larger (a new dependency? ` +
      'something that could be loaded on demand?) and take it out; if it is worth its bytes, raise the budget in ' +
      'test/parity/size.test.ts and say so in CHANGELOG.md.',
  )
}

test('every package has a budget', () => {
  expect(Object.keys(budgets).toSorted()).toEqual(packageFolders().toSorted())
})

test('core is within its budget at the start, with all that it brings but native code', async () => {
  const { initial, all } = await weighCore(sourceOf('core'))
  console.log(`core: ${all} bytes with what is loaded on demand`)
  expectWithin('core', initial, budgets['core']?.own ?? 0)
  expect(all).toBeGreaterThan(2 * initial)
})

describe.each(Object.entries(budgets).filter(([name]) => name !== 'core'))('%s', (name, { own, all = own }) => {
  test('is within its budget', async () => {
    expectWithin(name, await weigh(name, [withoutDependencies]), own)
    expectWithin(`${name} with its dependencies`, await weigh(name, [withoutCore]), all)
  })
})
