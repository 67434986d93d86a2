import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { defineConfig } from 'tsup'
import { joinStart } from './scripts/join-start.ts'

type Exports = Record<string, { readonly '@sallyport/source': string }>

/** One build a package. Its entries are what its `exports` name, and every dependency stays an import. */
export default defineConfig(
  readdirSync('packages').map((name) => {
    const { exports } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8')) as { exports: Exports }
    const sources = Object.values(exports).map((target) => target['@sallyport/source'])
    const entries = sources.map((source) => source.slice('./src/'.length, -'.ts'.length))
    return {
      name,
      entry: Object.fromEntries(entries.map((entry) => [entry, `packages/${name}/src/${entry}.ts`])),
      outDir: `packages/${name}/dist`,
      tsconfig: `packages/${name}/tsconfig.json`,
      format: 'esm',
      target: 'node22',
      platform: 'node',
      splitting: true,
      sourcemap: true,
      clean: true,
      silent: true,
      skipNodeModulesBundle: true,
      removeNodeProtocol: false,
      onSuccess: () => joinStart(resolve('packages', name, 'dist'), entries),
    }
  }),
)
