import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Makes one file of all that the main entry of a build loads at the start. esbuild cuts it into a file for each set of
 * entries that share it, and a server would feel every one of them when it starts.
 */
export async function joinStart(folder: string, entries: readonly string[]): Promise<void> {
  const start = loadedWith(join(folder, 'index.js'))
  if (start.size === 1) return
  const before = readdirSync(folder).filter((name) => /\.js(\.map)?$/.test(name))
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(folder, `${name}.js`)])),
    platform: 'node',
    external: /^[^./]/,
    treeshake: { moduleSideEffects: false },
    plugins: [{ name: 'source-maps', load: withMap }],
  })
  const { output } = await build.write({
    dir: folder,
    sourcemap: true,
    chunkFileNames: '[name].js',
    codeSplitting: { groups: [{ name: 'start', test: (id) => start.has(id) }] },
  })
  await build.close()
  const now = new Set(output.map(({ fileName }) => fileName))
  for (const name of before) if (!now.has(name)) rmSync(join(folder, name))
}

function withMap(id: string): { code: string; map?: string } {
  const code = readFileSync(id, 'utf8')
  return existsSync(`${id}.map`) ? { code, map: readFileSync(`${id}.map`, 'utf8') } : { code }
}

/** The files that an import of one loads, but for what it loads on demand. */
function loadedWith(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^'"()]*["'](\.[^"']+)["']/gm)) {
    loadedWith(resolve(file, '..', path), found)
  }
  return found
}
