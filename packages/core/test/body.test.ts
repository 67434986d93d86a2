import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { flag, instant, readFields, readJson, text, wholeNumber } from '../src/http/body.ts'
import { view } from './view.ts'

const schema = v.object({
  name: text(10),
  admin: v.optional(flag),
  count: v.optional(wholeNumber(1, 5)),
  at: v.optional(instant),
})
const read = async (body: string | Uint8Array, type = 'application/json') =>
  readFields(await readJson(view({ method: 'POST', headers: { 'content-type': type }, body })), schema)
const refused = (body: string | Uint8Array, type?: string) =>
  read(body, type).then(
    () => expect.fail('passed'),
    (error: unknown) => error,
  )

describe('D7: the body', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ;x=y', ' application/json'])(
    '%j is JSON',
    async (type) => {
      expect(await read('{"name":"ann"}', type)).toEqual({ name: 'ann' })
    },
  )

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
    'application/json-patch+json',
    'application/ld+json',
    'text/json',
    'text/plain; application/json',
    'application/json, text/plain',
    'application/jsonp',
  ])('ASVS 3.5.2: %j is not', async (type) => {
    expect(await refused('{"name":"ann"}', type)).toMatchObject({ code: 'unsupported_media_type', status: 415 })
  })

  test('without a body it is an empty object, whatever its type', async () => {
    for (const type of ['application/json', 'text/plain', '']) {
      expect(await refused('', type)).toMatchObject({
        code: 'invalid_request',
        detail: '`name` is missing.',
      })
    }
  })

  test.each([
    '[]',
    '"x"',
    'null',
    '1',
    'true',
    '{',
    '{"name":"ann"}x',
    "{'name':'ann'}",
    '{"name":ann}',
    '\0',
    'NaN',
    '[{"name":"ann"}]',
  ])('%s is no object of JSON', async (body) => {
    const error = await refused(body)
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, detail: 'The body must be a JSON object.' })
  })

  test.each([
    [[0xff]],
    [[0x7b, 0xc3, 0x28, 0x7d]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0xfe, 0xff, 0, 0x7b, 0, 0x7d]],
  ])('invalid UTF-8 %j', async (bytes) => {
    expect(await refused(Uint8Array.from(bytes))).toMatchObject({
      code: 'invalid_request',
      detail: 'The body is not UTF-8.',
    })
  })

  test('64 KiB and not a byte more', async () => {
    const size = 64 * 1024
    const padded = (length: number) => `{"name":"ann"${' '.repeat(length - 14)}}`
    expect(await read(padded(size))).toEqual({ name: 'ann' })
    expect(await refused(padded(size + 1))).toMatchObject({ code: 'body_too_large', status: 413 })
  })

  test('as deep as it can be within its length', async () => {
    const deep = `{"name":"ann","x":${'['.repeat(32_000)}${']'.repeat(32_000)}}`
    expect(await read(deep)).toEqual({ name: 'ann' })
  })

  test('D22: an error never quotes what was sent', async () => {
    for (const body of ['{"name":"canary-1"', '{"name":["canary-1"]}', '{"name":"canary-1-long"}', '"canary-1"']) {
      expect(JSON.stringify(await refused(body))).not.toContain('canary')
    }
  })
})

describe('ASVS 15.3.5: a field is what it should be, and nothing that looks like it', () => {
  test.each([
    ['name', '[]'],
    ['name', '["ann"]'],
    ['name', '{}'],
    ['name', '{"toString":"ann"}'],
    ['name', '1'],
    ['name', 'true'],
    ['name', 'null'],
    ['name', '""'],
    ['name', '"a\\u0000b"'],
    ['name', '"12345678901"'],
    ['admin', '"true"'],
    ['admin', '1'],
    ['admin', '0'],
    ['admin', '[true]'],
    ['admin', 'null'],
    ['count', '"1"'],
    ['count', '0'],
    ['count', '6'],
    ['count', '1.5'],
    ['count', '-1'],
    ['count', '1e400'],
    ['count', '[1]'],
    ['count', 'null'],
    ['at', '0'],
    ['at', '"tomorrow"'],
    ['at', '"2026-01-01"'],
    ['at', '"2026-13-01T00:00:00Z"'],
    ['at', '"2026-01-01T25:00:00Z"'],
    ['at', '"2026-01-01T00:00:00"'],
    ['at', '"2026-01-01T00:00:00+05"'],
    ['at', '"2026-04-31T23:59:59-00"'],
    ['at', '"+275761-01-01T00:00:00Z"'],
  ])('%s: %s', async (field, value) => {
    const fields = { name: '"ann"', [field]: value }
    const body = `{${Object.entries(fields)
      .map(([name, json]) => `"${name}":${json}`)
      .join()}}`
    expect(await refused(body)).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining(`\`${field}\``) as string,
    })
  })

  test('an instant is milliseconds since the epoch', async () => {
    expect(await read('{"name":"ann","at":"2026-01-02T03:04:05.678+01:00"}')).toEqual({
      name: 'ann',
      at: Date.UTC(2026, 0, 2, 2, 4, 5, 678),
    })
  })
})

test('ASVS 15.3.3, 15.3.6: what is not named is dropped, and no prototype is touched', async () => {
  const body =
    '{"name":"ann","roles":["admin"],"userId":"x","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}'
  const result = await read(body)
  expect(result).toEqual({ name: 'ann' })
  expect(result.admin).toBeUndefined()
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})
