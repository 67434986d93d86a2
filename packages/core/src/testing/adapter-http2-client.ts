import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { type Answer, toAnswer } from './adapter-client.ts'

/** One request over HTTP/2 without TLS, on a connection of its own, and its answer. */
export async function exchangeHttp2(
  url: string,
  method: string,
  target: string,
  { Host, ...fields }: Readonly<Record<string, string>>,
  body: string,
): Promise<Answer> {
  const session = connect(url)
  try {
    const names: OutgoingHttpHeaders = { ':method': method, ':path': target, ':authority': Host }
    for (const [name, value] of Object.entries(fields)) names[name.toLowerCase()] = value
    const stream = session.request(names, { endStream: body === '' })
    const failed = new Promise<never>((_, reject) => {
      session.once('error', reject)
      stream.once('error', reject)
    })
    if (body !== '') stream.end(body)
    const head = new Promise<IncomingHttpHeaders>((resolve) => void stream.once('response', resolve))
    const headers = await Promise.race([head, failed])
    const chunks: Uint8Array[] = []
    const read = (async () => {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
    })()
    await Promise.race([read, failed])
    const list = Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as const))
    return toAnswer(Number(headers[':status']), list, Buffer.concat(chunks).toString('utf8'))
  } finally {
    session.destroy()
  }
}
