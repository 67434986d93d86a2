import { serverOn } from './server.mjs'

const { fetch } = serverOn(JSON.parse(process.argv[2]))
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch })
console.log(`http://127.0.0.1:${server.port}`)
