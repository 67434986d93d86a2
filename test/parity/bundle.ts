import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** What an import weighs, minified and gzipped, in bytes. */
export interface Weight {
  /** What is loaded at the start. */
  readonly initial: number
  /** With what is loaded on demand, but for lists of passwords and argon2. */
  readonly all: number
}

/** Weighs `createAuth` of the module at a path, with everything that it brings but native code. */
export async function weighCore(core: string): Promise<Weight> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { createAuth } from '${core}'`, resolveDir: '.' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@sallyport/source'],
    external: ['@node-rs/*'],
    outdir: 'out',
    write: false,
    logLevel: 'error',
    metafile: true,
  })
  const nameOf = (path: string) => path.split('/').at(-1) ?? ''
  const contents = new Map(outputFiles.map(({ path, contents: bytes }) => [nameOf(path), bytes]))
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output]))
  const initial = new Set<string>()
  const follow = (name: string): void => {
    if (initial.has(name)) return
    initial.add(name)
    for (const { path, kind } of outputs.get(name)?.imports ?? []) {
      if (kind === 'import-statement' && outputs.has(nameOf(path))) follow(nameOf(path))
    }
  }
  follow('stdin.js')
  // As one file: that it is cut where something is loaded on demand makes nobody's bundle larger.
  const together = (names: readonly string[]) =>
    gzipSync(Buffer.concat(names.map((name) => contents.get(name) ?? new Uint8Array()))).length
  const isData = (name: string) => /^(password-judge|common-passwords|argon2)/.test(name)
  return { initial: together([...initial]), all: together([...contents.keys()].filter((name) => !isData(name))) }
}
