import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOutbound } from '@sallyport/core/outbound'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-outbound-'))
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
const servers: Server[] = []

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((accept) => server.listen(0, '127.0.0.1', accept))
  return (server.address() as AddressInfo).port
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`
}

async function serveTls(listener: RequestListener): Promise<number> {
  return listen(createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener))
}

const local = createOutbound({ network: 'localhost', timeoutMs: 500, maxBytes: 1000 })

beforeAll(() => {
  const subject = ['-subj', '/CN=issuer.example', '-addext', 'subjectAltName=DNS:issuer.example']
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
})

afterAll(() => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the outbound guard', () => {
  test('sends what it is given and returns what it gets', async () => {
    const url = await serve((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ method: request.method, url: request.url, body, type: request.headers['x-a'] }))
      })
    })
    const body = new URLSearchParams({ a: '1 2' })
    const response = await local(`${url}/x?y`, { method: 'POST', headers: { 'X-A': 'b' }, body })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ method: 'POST', url: '/x?y', body: 'a=1+2', type: 'b' })
  })

  test.each([
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[::127.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[ff02::1]/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://localhost/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://example.com/',
    'https://user:secret@example.com/',
  ])('D18: %s may not be fetched', async (url) => {
    await expect(createOutbound()(url)).rejects.toThrow(/may not be reached|is not https|holds a password/)
  })

  test.each(['169.254.169.254', '[fd00:ec2::254]', '[fe80::1]', '100.100.100.200', '0.0.0.0'])(
    'D18: %s is no private network: clouds hand out credentials there',
    async (host) => {
      await expect(createOutbound({ network: 'private' })(`https://${host}/`)).rejects.toThrow('may not be reached')
    },
  )

  test('D18: plain http works on this machine only, and only when it was asked for', async () => {
    const url = await serve((_, response) => response.end('ok'))
    expect(await (await local(url)).text()).toBe('ok')
    await expect(createOutbound({ network: 'private' })(url)).rejects.toThrow('is not https')
    await expect(local('http://example.com/')).rejects.toThrow('is not https')
  })

  test('D18: a name is resolved once, and the connection goes to the address that was checked', async () => {
    const port = await serveTls((_, response) => response.end('ok'))
    const asked: string[] = []
    const resolve = async (name: string) => {
      asked.push(name)
      return [{ address: '127.0.0.1', family: 4 }]
    }
    const ca = readFileSync(cert, 'utf8')
    const response = await createOutbound({ network: 'private', ca, resolve })(`https://issuer.example:${port}/`)
    expect(await response.text()).toBe('ok')
    expect(asked).toEqual(['issuer.example'])
  })

  test('D18: a name with one forbidden address among good ones is refused before anything is sent', async () => {
    let requests = 0
    const port = await serveTls((_, response) => response.end(String(requests++)))
    const resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    await expect(createOutbound({ resolve })(`https://issuer.example:${port}/`)).rejects.toThrow(
      'issuer.example is at 127.0.0.1, which may not be reached',
    )
    expect(requests).toBe(0)
  })

  test('D17: a certificate that is not trusted is refused', async () => {
    const port = await serveTls((_, response) => response.end('ok'))
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const outbound = createOutbound({ network: 'private', resolve })
    await expect(outbound(`https://issuer.example:${port}/`)).rejects.toThrow(/self-signed/)
    const ca = readFileSync(cert, 'utf8')
    const other = createOutbound({ network: 'private', resolve, ca })(`https://other.example:${port}/`)
    await expect(other).rejects.toThrow(/altnames/)
  })

  test.each([301, 302, 303, 307, 308])('D18, ASVS 15.3.2: a redirect (%i) is not followed', async (status) => {
    let followed = false
    const url = await serve((request, response) => {
      if (request.url === '/there') followed = true
      response.writeHead(status, { location: '/there' }).end()
    })
    await expect(local(url)).rejects.toThrow('is not followed')
    expect(followed).toBe(false)
  })

  test('D18: an answer that is too long is cut off', async () => {
    const url = await serve((_, response) => {
      const more = () => response.write('x'.repeat(500), () => setTimeout(more, 1))
      more()
    })
    await expect(local(url)).rejects.toThrow('longer than 1000 bytes')
  })

  test('D18, ASVS 13.2.6: an answer that comes too slowly is cut off, before its headers and within its body', async () => {
    const silent = await serve(() => {})
    await expect(local(silent)).rejects.toThrow('did not answer within 500 ms')
    const dripping = await serve((_, response) => {
      response.flushHeaders()
      setInterval(() => response.write('x'), 50).unref()
    })
    await expect(local(dripping)).rejects.toThrow('did not answer within 500 ms')
  }, 3000)

  test('D18: a compressed answer, which could unfold without bound, is refused', async () => {
    const url = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end('x'))
    await expect(local(url)).rejects.toThrow('encoded as gzip')
  })

  test('the signal of the caller ends the request', async () => {
    const url = await serve(() => {})
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 20)
    await expect(createOutbound({ network: 'localhost' })(url, { signal: controller.signal })).rejects.toThrow(/abort/i)
  })
})
