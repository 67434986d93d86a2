/** Whether something can be a key: printable ASCII, at most so long. Nothing else is stored, and nothing else is found. */
export function isKey(text: string, length = 255): boolean {
  return text.length > 0 && text.length <= length && /^[ -~]*$/.test(text)
}

/** Comes after every key that starts with the prefix: no key holds a DEL. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\x7f`
}

/** No key at all. */
export const noKey = '\x7f'

/** A cursor that leads on from an id. */
export function cursorAfter(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url')
}

/** The id that a cursor leads on from. */
export function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1')
  if (!isKey(id)) throw new RangeError('This is not a cursor that a page ended with.')
  return id
}
