import type { RequestView } from './view.ts'

/** A `Request` (Fetch standard) as the web layer reads it. It has no client address: the caller says it. */
export function fetchView(request: Request, address: string | undefined, mountedAt = ''): RequestView {
  return {
    method: request.method,
    url: request.url.slice(mountedAt === '' ? 0 : request.url.indexOf(mountedAt) + mountedAt.length),
    mountedAt,
    header: (name) => request.headers.get(name) ?? undefined,
    address,
    body: (limit) => readStream(request.body, limit),
    departed: request.signal,
  }
}

/** The bytes of a stream; `undefined`, and no more is read, once they are more than `limit`. */
export async function readStream(
  stream: AsyncIterable<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream ?? []) {
    length += chunk.length
    if (length > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
