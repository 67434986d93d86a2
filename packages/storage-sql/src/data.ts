import type { Json } from '@sallyport/core'

// "\u0000" and half a surrogate pair: valid JSON, but no database's JSON functions will read it.
const unreadable = /\\u(?:0000|d[89a-f])/

/**
 * The text that keeps `data` exactly and that every database takes for JSON. What it could not read is wrapped in a
 * string, and so is data that is itself a string: a string always holds the text of the data.
 */
export function encodeData(data: Json): string {
  const text = JSON.stringify(data)
  return typeof data === 'string' || unreadable.test(text) ? JSON.stringify(text) : text
}

/** The data that `encodeData` was given. */
export function decodeData(text: string): Json {
  const value = JSON.parse(text) as Json
  return typeof value === 'string' ? (JSON.parse(value) as Json) : value
}
