const maxCodePoints = 128
const maxIdLength = 255

/**
 * The one canonical form of a login name: NFKC, trimmed, case folded. It is what is stored, looked up, counted and
 * unique. `undefined` for what can't be a name: empty, over 128 code points, or with control characters.
 */
export function canonicalName(text: string): string | undefined {
  // NFKC may produce upper case, and lower case may be decomposed: the form must not change when it is formed again.
  const name = text.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
  if (name === '' || [...name].length > maxCodePoints || unprintable.test(name)) return undefined
  return nameToId(name).length > maxIdLength ? undefined : name
}

// Control, format (zero width, bidirectional), surrogate and unassigned characters.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u

/** A canonical name as an id of storage: printable ASCII, and a prefix of the name gives a prefix of the id. */
export function nameToId(name: string): string {
  return encodeURIComponent(name)
}

/** Whether a text may be the id of a user: printable ASCII without spaces, 1 to 128 characters. */
export function isUserId(text: unknown): text is string {
  return typeof text === 'string' && /^[\x21-\x7e]{1,128}$/.test(text)
}
