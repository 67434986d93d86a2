import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire: names of headers in lower case, in their order. */
export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** The value of a header; several of one name are joined by `, `. */
  header(name: string): string | undefined
  readonly cookies: readonly string[]
  /** The body as JSON. */
  json(): unknown
}

/** A connection of its own, on which anything may be said. */
export interface RawConnection {
  write(data: string | Uint8Array): void
  /** The next answer; `undefined` when the connection has ended before it was whole. */
  answer(to?: 'GET' | 'HEAD'): Promise<Answer | undefined>
  /** Says nothing more, and listens on. */
  end(): void
  /** Leaves at once. */
  destroy(): void
}

const deadlineMs = 10_000

/** Opens a connection to a server. */
export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.setNoDelay()
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const input = readable(socket)

  return {
    write: (data) => void socket.write(data),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),

    async answer(to = 'GET') {
      for (;;) {
        const head = await input.until('\r\n\r\n')
        if (head === undefined) return undefined
        const [line = '', ...fields] = head.split('\r\n')
        const status = Number(line.split(' ')[1])
        if (status < 200) continue
        const headers = fields.map((field) => {
          const colon = field.indexOf(':')
          return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
        })
        const body = await readBody(input, new Map(headers), to === 'HEAD' || status === 204 || status === 304)
        return body === undefined ? undefined : toAnswer(status, headers, body)
      }
    },
  }
}

/** An answer out of its parts. */
export function toAnswer(status: number, headers: Answer['headers'], body: string): Answer {
  const all = (name: string): string[] => headers.filter(([key]) => key === name).map(([, value]) => value)
  return {
    status,
    headers,
    body,
    header: (name) => (all(name).length === 0 ? undefined : all(name).join(', ')),
    cookies: all('set-cookie'),
    json: () => JSON.parse(body) as unknown,
  }
}

interface Input {
  /** Everything up to a mark, without it; `undefined` when the connection ends before. */
  until(mark: string): Promise<string | undefined>
  /** So many bytes; `undefined` when the connection ends before. */
  take(length: number): Promise<Buffer | undefined>
  /** Everything up to the end of the connection. */
  rest(): Promise<Buffer>
}

function readable(socket: Socket): Input {
  let buffer = Buffer.alloc(0)
  let ended = false
  let wake = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    wake()
  })
  const finish = (): void => {
    ended = true
    wake()
  }
  socket.on('end', finish).on('close', finish).on('error', finish)

  async function when<T>(read: () => T | undefined): Promise<T | undefined> {
    const deadline = setTimeout(() => socket.destroy(), deadlineMs)
    try {
      for (;;) {
        const result = read()
        if (result !== undefined || ended) return result
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      clearTimeout(deadline)
    }
  }

  function cut(length: number, skip = 0): Buffer {
    const part = buffer.subarray(0, length)
    buffer = buffer.subarray(length + skip)
    return part
  }

  return {
    until: (mark) =>
      when(() => {
        const at = buffer.indexOf(mark)
        return at < 0 ? undefined : cut(at, mark.length).toString('latin1')
      }),
    take: (length) => when(() => (buffer.length < length ? undefined : cut(length))),
    rest: async () => {
      await when(() => undefined)
      return cut(buffer.length)
    },
  }
}

async function readBody(
  input: Input,
  headers: ReadonlyMap<string, string>,
  isEmpty: boolean,
): Promise<string | undefined> {
  if (isEmpty) return ''
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(input)
  const length = headers.get('content-length')
  const bytes = length === undefined ? await input.rest() : await input.take(Number(length))
  return bytes?.toString('utf8')
}

async function readChunks(input: Input): Promise<string | undefined> {
  const chunks: Buffer[] = []
  for (;;) {
    const size = Number.parseInt((await input.until('\r\n')) ?? '', 16)
    const chunk = await input.take(size)
    if (chunk === undefined || (await input.until('\r\n')) === undefined) return undefined
    if (size === 0) return Buffer.concat(chunks).toString('utf8')
    chunks.push(chunk)
  }
}
