import { serverOn } from './server.mjs'

const { fetch } = serverOn(JSON.parse(Deno.args[0]))
const onListen = ({ port }) => console.log(`http://127.0.0.1:${port}`)
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, fetch)
