import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { sessionToken } from './client.ts'
import { type Example, frameworks, startExample, users } from './start-example.ts'

const [, grace] = users

describe.each(frameworks)('%s stops in order', { timeout: 30_000 }, (framework) => {
  test.each(['SIGTERM', 'SIGINT'] as const)('with %s: exit code 0, and nothing more is written', async (signal) => {
    await using example = await startExample(framework)
    expect(await example.stop(signal)).toBe(0)
    expect(example.output()).toMatch(/^Sallyport on \w+: http:\/\/localhost:\d+\n$/)
  })

  test('idle keep-alive connections do not hold it up', async () => {
    await using example = await startExample(framework)
    const socket = open(example)
    socket.write('GET /public HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    const start = performance.now()
    expect(await example.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(2000)
  })

  test('a request under way is answered, a further one is not taken, and asking twice does no harm', async () => {
    await using example = await startExample(framework)
    const token = await sessionToken(example.url, grace)
    const body = JSON.stringify({ title: 'Written in the last moment' })
    const socket = open(example)
    const answer = read(socket)
    const target = `/api/v1/documents/late?token=${token}`
    const headers = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
    socket.write(`PUT ${target} HTTP/1.1\r\n${headers}\r\n\r\n${body.slice(0, 5)}`)
    await sleep(200)
    example.process.kill('SIGTERM')
    await sleep(200)
    example.process.kill('SIGTERM')
    await expect(fetch(new URL('/public', example.url))).rejects.toThrow('fetch failed')
    socket.write(body.slice(5))
    expect(await answer).toMatch(/^HTTP\/1\.1 201 Created\r\n[^]*"updatedBy":"grace"/)
    expect(await example.stop()).toBe(0)
  })
})

function open(example: Example): Socket {
  return connect({ host: 'localhost', port: Number(new URL(example.url).port) })
}

/** All that is received until the other side closes. */
async function read(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
