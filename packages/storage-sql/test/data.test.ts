import type { Json } from '@sallyport/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeData, encodeData } from '../src/data.ts'

const unreadable = fc.constantFrom('\0', '\ud800', 'a\udfff', '\\u0000', '"\\ud800"')
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.jsonValue({ noUnicodeString: false }), unreadable, tie('list'), tie('object')),
  list: fc.array(tie('value')),
  object: fc.dictionary(fc.oneof(fc.string(), unreadable), tie('value')),
})).value

describe('data', () => {
  it('comes back as it was, whatever JSON it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        const data = JSON.parse(JSON.stringify(value)) as Json
        expect(decodeData(encodeData(data))).toEqual(data)
      }),
    )
  })

  it('is stored as JSON in which no escape but those that every database can read is left', () => {
    fc.assert(
      fc.property(json, (value) => {
        const stored: unknown = JSON.parse(encodeData(value as Json))
        const strings = JSON.stringify(stored).replaceAll('\\\\', '')
        expect(strings).not.toMatch(/\\u(0000|d[89a-f])/)
      }),
    )
  })
})
