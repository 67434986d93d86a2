import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import type { Call, Command } from '../command.ts'
import { misused } from '../failure.ts'
import { questions } from '../ask.ts'
import { type Choices, type Framework, frameworks, guess, type Manifest, type Store, stores } from '../init/choices.ts'
import { type Project, projectOf } from '../init/project.ts'
import { demoUser } from '../init/stores.ts'
import { type MayReplace, writeProject } from '../init/write.ts'
import { objectOf } from '../json.ts'

export const init: Command = {
  name: 'init',
  summary: 'set up a small server that works, or add Sallyport beside what is there',
  positionals: ['FOLDER?'],
  options: {
    framework: { type: 'string', value: 'NAME', choices: frameworks, summary: 'the web framework' },
    store: { type: 'string', value: 'NAME', choices: stores, summary: 'where everything is kept' },
    yes: { type: 'boolean', short: 'y', summary: 'ask nothing: what is not said is guessed, and no file is replaced' },
    force: { type: 'boolean', summary: 'replace files that are there' },
  },
  notes: ['A file that is there is never replaced unasked; .env and .gitignore only get the lines that they lack.'],
  async run(call) {
    const { args, out, terminal } = call
    const folder = resolve(terminal.cwd, args.optional('FOLDER') ?? '.')
    const manifest = readManifest(folder)
    const [choices, mayReplace, close] = await decide(call, guess(manifest))
    const project = projectOf(basename(folder), choices, manifest)
    const written = await writeProject(folder, project.files, project.lines, mayReplace).finally(close)
    const way = relative(terminal.cwd, folder)
    const next = nextSteps(way, choices, project, manifest !== undefined)
    for (const name of written.written) out.line(`wrote     ${join(way, name)}`)
    for (const name of written.extended) out.line(`extended  ${join(way, name)}`)
    for (const name of written.closed)
      out.line(`closed    ${join(way, name)}, which others of this machine could read (chmod 600)`)
    for (const name of written.kept) out.line(`kept      ${join(way, name)}`)
    out.line('', 'Next:', ...next.map((step) => `  ${step}`))
    out.line('', ...untilPublished(project))
    out.document({ folder, ...choices, ...written, next })
  },
}

function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) return undefined
  const manifest = statSync(path).isFile() ? objectOf(readFileSync(path, 'utf8')) : undefined
  if (manifest !== undefined) return manifest
  throw misused(`${path} is no JSON object.`, 'mend it, or choose another folder')
}

/** What is asked for, by options or by answers. */
async function decide({ args, terminal }: Call, usual: Choices): Promise<readonly [Choices, MayReplace, () => void]> {
  const said = {
    framework: args.text('framework') as Framework | undefined,
    store: args.text('store') as Store | undefined,
  }
  const isForced = args.has('force')
  if (args.has('yes') || (!terminal.stdin.isTTY && said.framework !== undefined && said.store !== undefined)) {
    const choices = { framework: said.framework ?? usual.framework, store: said.store ?? usual.store }
    return [choices, async () => isForced, () => {}]
  }
  if (!terminal.stdin.isTTY) {
    throw misused('There is no terminal to ask at.', 'give --framework and --store, or --yes')
  }
  const { choose, agree, close } = questions(terminal)
  const framework = said.framework ?? (await choose('Which framework?', frameworks, usual.framework))
  const store = said.store ?? (await choose('Where is everything kept?', stores, usual.store))
  return [{ framework, store }, async (name) => isForced || (await agree(`${name} is there. Replace it`)), close]
}

/** What npm's 404 means, and what to do then. */
function untilPublished({ dependencies, devDependencies }: Project): readonly string[] {
  const ours = Object.keys({ ...dependencies, ...devDependencies }).flatMap((name) =>
    name.startsWith('@sallyport/') ? name.slice('@sallyport/'.length) : [],
  )
  return [
    'Does npm say “404 Not Found”? The packages of Sallyport are not in the registry yet: `npm run pack` in a clone makes them, and first',
    `  npm install CLONE/tarballs/sallyport-{${ours.join(',')}}-*.tgz`,
  ]
}

/** What is left to do, as commands. */
function nextSteps(way: string, { store }: Choices, project: Project, hasManifest: boolean): readonly string[] {
  const specs = (of: Readonly<Record<string, string>>) =>
    Object.entries(of)
      .map(([name, range]) => `${name}@${range}`)
      .join(' ')
  const install = hasManifest
    ? [`npm install ${specs(project.dependencies)}`, `npm install --save-dev ${specs(project.devDependencies)}`]
    : ['npm install']
  const server = Object.keys(project.files).find((name) => name.startsWith('server.'))
  const start = hasManifest ? `node --env-file=.env ${server}` : 'npm start'
  const tables = store === 'redis' || store === 'memory' ? [] : ['npx sallyport migrate']
  const user =
    store === 'memory'
      ? [`# then log in at http://localhost:3000/account as ${demoUser.username}, with: ${demoUser.password}`]
      : []
  return [
    ...(way === '' ? [] : [`cd ${way}`]),
    ...install,
    ...tables,
    ...(store === 'memory' ? [] : ['npx sallyport users create ada --role admin']),
    start,
    ...user,
  ]
}
