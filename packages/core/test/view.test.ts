import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parameters, readTarget, takeParameter, withoutParameter } from '../src/http/view.ts'

describe('D15: a request target', () => {
  test.each([
    ['/', '/', undefined],
    ['/a?b', '/a', 'b'],
    ['/a?b?c', '/a', 'b?c'],
    ['/a#b?c', '/a', undefined],
    ['/a?b#c', '/a', 'b'],
    ['?b', '/', 'b'],
    ['', '/', undefined],
    ['/%61', '/%61', undefined],
    ['//evil.example/a', '//evil.example/a', undefined],
    ['/a/../b', '/a/../b', undefined],
    ['https://app.example.com/a?b', '/a', 'b'],
    ['https://app.example.com', '/', undefined],
    ['https://app.example.com?b', '/', 'b'],
    ['*', '*', undefined],
  ])('%j', (url, path, query) => {
    expect(readTarget(url)).toEqual({ path, query })
  })
})

describe('a parameter is taken out of a query', () => {
  test.each<[string, readonly string[], string]>([
    ['token=x', ['x'], ''],
    ['a=1&token=x&b=2', ['x'], 'a=1&b=2'],
    ['%74oken=x', ['x'], ''],
    ['%74%6F%6b%65%6E=x', ['x'], ''],
    ['token=%78+y', ['x y'], ''],
    ['token', [''], ''],
    ['token=', [''], ''],
    ['token=a=b', ['a=b'], ''],
    ['token=a&&token=b', ['a', 'b'], ''],
    ['tokens=x', [], 'tokens=x'],
    ['TOKEN=x', [], 'TOKEN=x'],
    ['token[]=x', [], 'token[]=x'],
    ['%2574oken=x', [], '%2574oken=x'],
    ['token%00=x', [], 'token%00=x'],
    ['token+=x', [], 'token+=x'],
    ['token=%', ['%'], ''],
    ['token=%ff', ['%ff'], ''],
    ['%74oken%=x', [], '%74oken%=x'],
    ['a=token=x', [], 'a=token=x'],
    ['a=1;token=x', [], 'a=1;token=x'],
    ['a=%26token=x', [], 'a=%26token=x'],
    ['é=1&token=x', ['x'], 'é=1'],
  ])('%j', (query, values, rest) => {
    expect(takeParameter(query, 'token')).toEqual({ values, rest })
  })

  test('as URLSearchParams would find it, and nothing else changes by a byte', () => {
    const piece = fc.tuple(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('token', 'a', 'Token', 'to ken'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (list) => {
        const pieces = list.map(([value, key]) => new URLSearchParams([[key, value]]).toString())
        const { values, rest } = takeParameter(pieces.join('&'), 'token')
        expect(values).toEqual(new URLSearchParams(pieces.join('&')).getAll('token'))
        expect(rest).toBe(pieces.filter((text) => !text.startsWith('token=')).join('&'))
      }),
    )
  })

  test('D22: nothing that can be sent makes it throw, and afterwards it is gone', () => {
    const pieces = fc.constantFrom('token', '%74oken', '=', '&', '?', '#', '%', '%f', '%ff', '+', '/', 'a', 'https://x')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (list) => {
        const url = list.join('')
        const { query } = readTarget(withoutParameter(url, 'token'))
        expect(parameters(query, 'token')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('a URL without the parameter', () => {
  test.each([
    ['/a?token=x', '/a'],
    ['/a?token=x#b', '/a#b'],
    ['/a?b=1&token=x#token=y', '/a?b=1#token=y'],
    ['/a', '/a'],
    ['/token=x', '/token=x'],
    ['https://app.example.com/a?token=x&b', 'https://app.example.com/a?b'],
  ])('%j is %j', (url, without) => {
    expect(withoutParameter(url, 'token')).toBe(without)
  })
})
