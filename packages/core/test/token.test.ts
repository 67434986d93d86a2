import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../src/keys.ts'
import { createTokens, tokenKinds } from '../src/token.ts'
import { otherSecrets, testSecret } from './house.ts'

const tokens = createTokens('sp', createKeys(testSecret))
const kinds = Object.values(tokenKinds)

describe('what is minted', () => {
  test.each(kinds)(
    'ASVS 7.2.3: a %s token has 128 bits of id, 256 of secret, and is URL-safe under 100 characters',
    (kind) => {
      const { token, id, hash } = tokens.mint(kind)
      const text = token.reveal()
      expect(text).toMatch(/^sp_[a-z]_[\w-]{22}\.[\w-]{43}[\w-]{13}$/)
      expect(text.length).toBeLessThan(100)
      expect(encodeURIComponent(text)).toBe(text)
      expect(tokens.parse(text)).toEqual({ kind, id, hash, stamp: 'right' })
      expect(hash).toBe(createHash('sha256').update(text.slice(28, 71)).digest('base64url'))
      expect(text).not.toContain(hash)
    },
  )

  test('the longest prefix stays under 100 characters', () => {
    expect(createTokens('p'.repeat(12), createKeys(testSecret)).mint('session').token.reveal().length).toBeLessThan(100)
  })

  test('ASVS 7.2.2, 11.5.1, 11.5.2: no two are alike, however many are made', () => {
    const made = Array.from({ length: 20_000 }, () => tokens.mint('session'))
    expect(new Set(made.map(({ id }) => id)).size).toBe(20_000)
    expect(new Set(made.map(({ hash }) => hash)).size).toBe(20_000)
  })

  test('a new secret for an existing id keeps the id', () => {
    const { id, token } = tokens.mint('api-token')
    const again = tokens.mint('api-token', id)
    expect(again.id).toBe(id)
    expect(again.token.reveal()).not.toBe(token.reveal())
  })

  test('D20: the token does not show itself', () => {
    const { token } = tokens.mint('session')
    expect(String(token) + JSON.stringify({ token })).toBe('[redacted]{"token":"[redacted]"}')
  })
})

describe('what is read', () => {
  const text = tokens.mint('session').token.reveal()
  const known = createTokens('sp', createKeys(testSecret))
  known.parse(text)

  test.each([
    ['that was never read', tokens],
    ['that is known', known],
  ])('ASVS 9.1.1: of a token %s one changed character anywhere is refused', (_, tokens) => {
    for (let at = 0; at < text.length; at++) {
      for (const other of ['A', 'z', '-', '%', '\0', 'é', '\u0141']) {
        if (other === text[at]) continue
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        // Another key's tag is not refused offline, and says so.
        expect(tokens.parse(changed)?.stamp ?? 'refused', `${other} at ${at}`).not.toBe('right')
      }
    }
  })

  test('D3: a token made into another kind by its letter is refused', () => {
    for (const letter of Object.keys(tokenKinds)) {
      if (letter !== 's') expect(tokens.parse(`sp_${letter}_${text.slice(5)}`)).toBeUndefined()
    }
  })

  test('D3: a kind that there is not, also one that an object inherits', () => {
    for (const letter of ['x', 'S', '_', '', 'constructor', '__proto__', 'toString']) {
      expect(tokens.kindOf(`sp_${letter}_${text.slice(5)}`)).toBeUndefined()
      expect(tokens.kindOf(`sp_${letter}_${text.slice(5)}`.slice(0, text.length))).toBeUndefined()
    }
  })

  test('cut, longer, surrounded by anything: refused', () => {
    for (const other of ['', ' ', 'sp_s_', text.slice(0, -1), `${text}A`, ` ${text}`, `${text}\n`, `"${text}"`]) {
      expect(tokens.parse(other)).toBeUndefined()
    }
    // The same length, with a line feed at the end.
    expect(tokens.parse(`${text.slice(0, -1)}\n`)).toBeUndefined()
  })

  test('D22: nothing that can be sent makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (any) => tokens.parse(any) === undefined),
      { numRuns: 50 },
    )
    const almost = fc.string({ unit: 'binary', minLength: 79, maxLength: 79 }).map((end) => `sp_s_${end}`)
    fc.assert(
      fc.property(almost, (any) => tokens.parse(any) === undefined),
      { numRuns: 50 },
    )
  })

  test('ASVS 10.3.1: another prefix is another installation', () => {
    expect(createTokens('xx', createKeys(testSecret)).parse(text)).toBeUndefined()
  })

  test('under a key that is not known the stamp says so; under a rotated one it is right', () => {
    const [other = ''] = otherSecrets
    expect(createTokens('sp', createKeys(other)).parse(text)?.stamp).toBe('unknown')
    expect(createTokens('sp', createKeys([other, testSecret])).parse(text)?.stamp).toBe('right')
  })
})

test('a token is read alike the first time, again, and when ten thousand others have been read', () => {
  const first = tokens.mint('session')
  const expected = { kind: 'session', id: first.id, hash: first.hash, stamp: 'right' }
  const read = () => tokens.parse(first.token.reveal())
  expect([read(), read()]).toEqual([expected, expected])
  const second = tokens.mint('session', first.id)
  expect(tokens.parse(second.token.reveal())).toEqual({ ...expected, hash: second.hash })
  for (let i = 0; i < 10_000; i++) tokens.parse(tokens.mint('session').token.reveal())
  expect(read()).toEqual(expected)
})

test('D20: of a header that a token came in nothing is kept, and neither is the token', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  for (let i = 0; i < 2000; i++) {
    const text = tokens.mint('session').token.reveal()
    const header = Buffer.from(`other=${'x'.repeat(10_000)}; sallyport=${text}`).toString('latin1')
    expect(tokens.parse(header.slice(-text.length))).toBeDefined()
  }
  expect(used() - before).toBeLessThan(4_000_000)
})
