import { soakRaces } from './soak-races.ts'
import { soakScale } from './soak-scale.ts'

const sections: Readonly<Record<string, () => Promise<boolean>>> = { races: soakRaces, scale: soakScale }

const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(sections)) {
  if (wanted.length === 0 || wanted.includes(name)) if (!(await run())) process.exitCode = 1
}
