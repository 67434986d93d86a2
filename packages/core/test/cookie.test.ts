import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCookieJar } from '../src/http/cookie.ts'
import { createKeys } from '../src/keys.ts'
import { createTokens } from '../src/token.ts'
import { testSecret } from './house.ts'

const jar = createCookieJar('https://app.example.com')
const name = '__Host-sallyport'

describe('D13: our cookie is read byte for byte', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['alone', `${name}=x`, 'x'],
    ['among others', `a=1; ${name}=x; b=2`, 'x'],
    ['without spaces', `a=1;${name}=x;b=2`, 'x'],
    ['SP and HTAB around name and value', `a=1;\t ${name} \t=\t x \t;b=2`, 'x'],
    ['an equals sign in the value', `${name}=a=b=c`, 'a=b=c'],
    ['quotes stay', `${name}="x"`, '"x"'],
    ['nothing is decoded', `${name}=%41`, '%41'],
    ['an empty value', `${name}=`, ''],
    ['the header is absent', undefined, undefined],
    ['the header is empty', '', undefined],
    ['no equals sign', name, undefined],
    ['another case', `__host-sallyport=x`, undefined],
    ['a longer name', `${name}2=x`, undefined],
    ['a name that ends alike', `x${name}=x`, undefined],
    ['without its prefix', 'sallyport=x', undefined],
    ['an encoded name', '%5F_Host-sallyport=x', undefined],
    ['a name in quotes', `"${name}"=x`, undefined],
    ['no-break space is no blank', `\u00a0${name}=x`, undefined],
    ['vertical tab is no blank', `\u000b${name}=x`, undefined],
    ['byte order mark is no blank', `\ufeff${name}=x`, undefined],
    ['line separator is no blank', `\u2028${name}=x`, undefined],
    ['full width letters fold to nothing', '__Host-ｓallyport=x', undefined],
    ['the Kelvin sign and long s fold to nothing', '__Ho\u017ft-sallyport=x', undefined],
    ['a comma separates nothing', `a=1,${name}=x`, undefined],
    ['$Version means nothing', `$Version=1; ${name}=x; $Path=/`, 'x'],
    ['a value that begins with its name', `a=${name}=x`, undefined],
    ['blanks of Unicode in the value stay', `${name}=\u00a0x\u00a0`, '\u00a0x\u00a0'],
  ])('%s', (_, header, value) => {
    expect(jar.read(header)).toEqual(value === undefined ? undefined : { value })
  })

  test.each([
    ['the same', `${name}=x; ${name}=x`],
    ['different', `${name}=x; a=1; ${name}=y`],
    ['one is empty', `${name}=; ${name}=y`],
    ['three', `${name}=x; ${name}=y; ${name}=z`],
    ['one with blanks', `${name} =x;\t${name}=y`],
    ['two headers, joined', `${name}=x; ${name}=y`],
  ])('a second one is an error: %s', (_, header) => {
    expect(jar.read(header)).toBe('duplicate')
  })

  test('D22: nothing that can be sent makes it throw, and what is read stood there', () => {
    const pieces = fc.constantFrom(name, '=', ';', ' ', '\t', '"', '%', 'x', '\u00a0', 'sallyport', '\0')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
        const header = list.join('')
        const found = jar.read(header)
        if (typeof found === 'object') expect(header).toContain(found.value)
      }),
    )
  })
})

describe('what is set', () => {
  test('ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4: the attributes', () => {
    expect(jar.write('value', 1000.5)).toBe(`${name}=value; Max-Age=2; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(jar.write('value', undefined)).toBe(`${name}=value; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(jar.write('value', -5)).toContain('Max-Age=0;')
  })

  test('ASVS 3.3.5: the longest token that there is makes no cookie of 4096 bytes', () => {
    const longest = createTokens('p'.repeat(12), createKeys(testSecret)).mint('session').token.reveal()
    expect(Buffer.byteLength(jar.write(longest, 1e15))).toBeLessThan(4096)
  })

  test('ASVS 14.3.1: removing', () => {
    expect(jar.clear()).toBe(`${name}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`)
  })

  test('plain http on localhost has neither prefix nor Secure', () => {
    const local = createCookieJar('http://localhost:3000')
    expect(local.write('value', undefined)).toBe('sallyport=value; Path=/; HttpOnly; SameSite=Lax')
    expect(local.read(`${name}=x`)).toBeUndefined()
    expect(local.read(`${name}=x; sallyport=y`)).toEqual({ value: 'y' })
  })
})
