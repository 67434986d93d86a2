import { webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../src/keys.ts'
import { otherSecrets, testSecret } from './house.ts'

const context = { kind: 'totp', id: 'factor-1', owner: 'user-1' }
const body = 'sp_s_AAECAwQFBgcICQoLDA0ODw.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const [first = '', second = '', third = ''] = otherSecrets

/** What Web Crypto, which the code does not use, makes of a sealed value. */
async function openElsewhere(secret: string, sealed: string): Promise<string> {
  const { subtle } = webcrypto
  const base = await subtle.importKey('raw', Buffer.from(secret), 'HKDF', false, ['deriveKey'])
  const info = Buffer.from('sallyport/1/seal')
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  const key = await subtle.deriveKey(parameters, base, { name: 'AES-GCM', length: 256 }, false, ['decrypt'])
  const bytes = Buffer.from(sealed.slice(2), 'base64url')
  const additionalData = Buffer.from('["totp","factor-1","user-1"]')
  const aes = { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData, tagLength: 128 }
  return Buffer.from(await subtle.decrypt(aes, key, bytes.subarray(12))).toString()
}

/** The same text with another character in one place. */
function changedAt(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

describe('stamps', () => {
  // Made with Python's `hmac`: HKDF-SHA-256 (RFC 5869) with an empty salt, then HMAC-SHA-256, cut after 11 characters.
  test.each([
    [testSecret, 'hkswuRPLKUDWL'],
    ['Пароль-secret-ключ-0123456789abcdef', 'NyqE-jGiVJrFq'],
  ])('ASVS 11.2.1: a known answer (%#)', (secret, stamp) => {
    expect(createKeys(secret).stamp(body)).toBe(stamp)
    expect(createKeys(secret).judge(body, stamp)).toBe('right')
  })

  test('ASVS 9.1.1: one changed character anywhere is noticed', () => {
    const keys = createKeys(testSecret)
    const stamp = keys.stamp(body)
    for (let at = 0; at < body.length; at++) expect(keys.judge(changedAt(body, at), stamp)).toBe('wrong')
    for (let at = 2; at < stamp.length; at++) expect(keys.judge(body, changedAt(stamp, at))).toBe('wrong')
    for (let at = 0; at < 2; at++) expect(keys.judge(body, changedAt(stamp, at))).toBe('unknown')
    for (const cut of [stamp.slice(0, -1), `${stamp}A`]) expect(keys.judge(body, cut)).toBe('wrong')
    expect(keys.judge(body, '')).toBe('unknown')
  })

  test('ASVS 11.2.2: the tag comes from the key, not from its place in the list', () => {
    const older = createKeys([second, first]).stamp(body)
    expect(createKeys([first, third, second]).judge(body, older)).toBe('right')
    expect(createKeys([third, first]).judge(body, older)).toBe('unknown')
    expect(createKeys([first, second]).stamp(body)).toBe(createKeys(first).stamp(body))
  })

  test('two keys under one tag are both tried', () => {
    // 4096 tags: among so many secrets there are two with the same.
    const byTag = new Map<string, string>()
    let pair: readonly [string, string] | undefined
    for (let i = 0; pair === undefined; i++) {
      const secret = `${testSecret}-${i}`
      const tag = createKeys(secret).stamp('').slice(0, 2)
      const other = byTag.get(tag)
      if (other !== undefined) pair = [other, secret]
      byTag.set(tag, secret)
    }
    const both = createKeys(pair)
    for (const secret of pair) {
      const keys = createKeys(secret)
      expect(both.judge(body, keys.stamp(body))).toBe('right')
      expect(both.open(keys.seal('x', context), context)).toBe('x')
    }
    expect(both.judge(body, `${both.stamp(body).slice(0, 2)}AAAAAAAAAAA`)).toBe('wrong')
  })
})

describe('seals', () => {
  test('ASVS 11.3.1, 11.3.2: AES-256-GCM with the context as additional data, as Web Crypto reads it', async () => {
    expect(await openElsewhere(testSecret, createKeys(testSecret).seal('JBSWY3DPEHPK3PXP ÄÖ', context))).toBe(
      'JBSWY3DPEHPK3PXP ÄÖ',
    )
  })

  test('opens only for the same kind, id and owner', () => {
    const keys = createKeys(testSecret)
    const sealed = keys.seal('secret', context)
    expect(keys.open(sealed, context)).toBe('secret')
    for (const other of [{ kind: 'passkey' }, { id: 'factor-2' }, { owner: 'user-2' }]) {
      expect(keys.open(sealed, { ...context, ...other })).toBeUndefined()
    }
    expect(keys.open(sealed, { kind: 'totp', id: 'factor-1","user-1', owner: '' })).toBeUndefined()
  })

  test('ASVS 11.2.5, 11.3.3: what was changed, cut or is no seal at all does not open', () => {
    const keys = createKeys(testSecret)
    const sealed = keys.seal('secret', context)
    for (let at = 0; at < sealed.length - 1; at++) {
      expect(keys.open(changedAt(sealed, at), context), `changed at ${at}`).toBeUndefined()
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(keys.open(sealed.slice(0, length), context), `cut at ${length}`).toBeUndefined()
    }
    for (const text of ['', 'hk', 'hk\0', 'hk{}', `hk${'é'.repeat(40)}`])
      expect(keys.open(text, context)).toBeUndefined()
  })

  test('ASVS 11.3.4: the same text is never sealed the same way twice', () => {
    const keys = createKeys(testSecret)
    const nonces = Array.from({ length: 2000 }, () => keys.seal('x', context).slice(2, 18))
    expect(new Set(nonces).size).toBe(2000)
  })

  test('ASVS 11.2.2: after a rotation old seals open, are stale, and can be sealed again', () => {
    const old = createKeys(first).seal('secret', context)
    const rotated = createKeys([second, first])
    expect(rotated.open(old, context)).toBe('secret')
    expect(rotated.isStale(old)).toBe(true)
    const renewed = rotated.seal(rotated.open(old, context) ?? '', context)
    expect(rotated.isStale(renewed)).toBe(false)
    const dropped = createKeys([second])
    expect(dropped.open(renewed, context)).toBe('secret')
    expect(dropped.open(old, context)).toBeUndefined()
  })

  test('the empty text, and long ones, come back whole', () => {
    const keys = createKeys(testSecret)
    for (const text of ['', 'x'.repeat(100_000), '\0', '😀'])
      expect(keys.open(keys.seal(text, context), context)).toBe(text)
  })
})
