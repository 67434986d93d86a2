import { cpus } from 'node:os'
import { benchHttp } from './http.ts'
import { benchMemory } from './memory.ts'
import { benchStores } from './stores.ts'
import { benchStorm } from './storm.ts'
import { benchValidation } from './validation.ts'
import { benchWeight } from './weight.ts'

const sections: Readonly<Record<string, () => Promise<void>>> = {
  validation: benchValidation,
  http: () => benchHttp(5, 3),
  storm: () => benchStorm(5),
  memory: benchMemory,
  weight: benchWeight,
  stores: benchStores,
}

const [processor] = cpus()
console.log(
  `Node ${process.version}, ${cpus().length} × ${processor?.model ?? ''}, ${new Date().toISOString().slice(0, 10)}`,
)
const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(sections)) if (wanted.length === 0 || wanted.includes(name)) await run()
