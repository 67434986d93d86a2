import { redisStorage } from '../src/index.ts'
import { openNodeRedis } from './clients.ts'
import { session } from './steps.ts'

// One of several processes that want the same things at the same time; says which it got.
const [url = '', prefix = '', rounds = '0', start = '0'] = process.argv.slice(2)
const client = await openNodeRedis(url)
const storage = redisStorage(client, { prefix })
await storage.check()
await new Promise((resolve) => setTimeout(resolve, Number(start) - Date.now()))

const won = await Promise.all(
  Array.from({ length: Number(rounds) }, async (_, n) => {
    const now = Date.now()
    const [taken, inserted, replaced] = await Promise.all([
      storage.take('session', `take-${n}`),
      storage.insert(session({ id: `insert-${n}` }), now),
      storage.replace({ ...session({ id: `replace-${n}` }), data: process.pid }, now),
    ])
    return [taken !== undefined, inserted, replaced]
  }),
)
process.stdout.write(JSON.stringify(won))
client.destroy()
