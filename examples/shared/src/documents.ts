import { HttpError } from './http-error.ts'

/** A document of the service. */
export interface Document {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly updatedAt: string
  readonly updatedBy: string
}

/** The application's own data, of which Sallyport knows nothing. */
export interface Documents {
  list(): readonly Document[]
  /** Throws 404. */
  read(id: string): Document
  /** Writes a document from a request's body, whatever that is. Throws 400. */
  write(id: string, body: unknown, username: string): { readonly document: Document; readonly isNew: boolean }
  /** Throws 404. */
  remove(id: string): void
}

/** A shelf that keeps documents, in order of their ids. */
export interface Shelf {
  all(): readonly Document[]
  get(id: string): Document | undefined
  put(document: Document): void
  delete(id: string): boolean
}

/** The documents of a shelf. */
export function createDocuments(shelf: Shelf): Documents {
  function read(id: string): Document {
    const document = shelf.get(id)
    if (document === undefined) throw new HttpError(404, 'not_found', `There is no document ${id}.`)
    return document
  }

  return {
    list: () => shelf.all(),
    read,

    write(id, body, username) {
      if (!/^[\w.-]{1,64}$/.test(id)) throw badRequest('The id of a document has 1 to 64 letters and digits.')
      const old = shelf.get(id)
      const document = {
        id,
        title: textOf(body, 'title', 200) ?? old?.title ?? `Document ${id}`,
        text: textOf(body, 'text', 20_000) ?? old?.text ?? '',
        updatedAt: new Date().toISOString(),
        updatedBy: username,
      }
      shelf.put(document)
      return { document, isNew: old === undefined }
    },

    remove(id) {
      if (!shelf.delete(read(id).id)) throw new HttpError(404, 'not_found')
    },
  }
}

/** A member of a body that nothing has looked at yet. */
function textOf(body: unknown, name: 'title' | 'text', max: number): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('Send a JSON object.')
  const value: unknown = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined
  if (value === undefined || (typeof value === 'string' && value.length <= max)) return value
  throw badRequest(`\`${name}\` must be a text of at most ${max} characters.`)
}

function badRequest(detail: string): HttpError {
  return new HttpError(400, 'invalid_request', detail)
}
