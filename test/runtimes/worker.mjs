import { env, waitUntil } from 'cloudflare:workers'
import { serverOn } from './server.mjs'

// The edge says who the client is; here there is none.
const { fetch } = serverOn(JSON.parse(env.OPTIONS), () => '127.0.0.1', { waitUntil })
export default { fetch }
