import { endedEarly, type RequestView } from './view.ts'

/** What a `Request` does not say itself. */
export interface FetchViewOptions {
  /** The address of the peer: the client, or the proxy in front. */
  readonly address?: string | undefined
  /** The target below the mount point; `request.url` by default. */
  readonly url?: string | undefined
  /** Reads a body that has been read before; without it that is an error. */
  readonly bodyReadBefore?: (() => Promise<ArrayBuffer>) | undefined
}

/** A `Request` (Fetch standard) as the web layer reads it. Nothing is copied, and nothing is read that is not asked for. */
export function fetchView(request: Request, options: FetchViewOptions = {}): RequestView {
  return new FetchView(request, options)
}

// A class for the same reason as `NodeView`.
class FetchView implements RequestView {
  readonly method: string
  readonly url: string
  readonly originalUrl: string
  readonly address: string | undefined
  readonly #request: Request
  readonly #bodyReadBefore: FetchViewOptions['bodyReadBefore']

  constructor(request: Request, { address, url = request.url, bodyReadBefore }: FetchViewOptions) {
    this.method = request.method
    this.url = url
    this.originalUrl = request.url
    this.address = address
    this.#request = request
    this.#bodyReadBefore = bodyReadBefore
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined
  }

  async body(limit: number): Promise<Uint8Array | undefined> {
    const request = this.#request
    if (!request.bodyUsed || this.#bodyReadBefore === undefined) return readStream(request.body, limit)
    const body = await this.#bodyReadBefore()
    return body.byteLength > limit ? undefined : new Uint8Array(body)
  }

  get departed(): AbortSignal {
    return this.#request.signal
  }
}

/** The bytes of a stream; `undefined` once they are more than `limit`. */
async function readStream(stream: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array | undefined> {
  if (stream === null) return new Uint8Array()
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(chunks)
      length += value.length
      if (length > limit) {
        void drop(reader)
        return undefined
      }
      chunks.push(value)
    }
  } catch (cause) {
    throw endedEarly(cause)
  }
}

const maxDropped = 1024 * 1024

/** Reads on for a while, or the client would be cut off before it sees the answer. */
async function drop(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    for (let length = 0; length <= maxDropped; ) {
      const { done, value } = await reader.read()
      if (done) return
      length += value.length
    }
    await reader.cancel()
  } catch {
    // Who has left needs no answer.
  }
}
