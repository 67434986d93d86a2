import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inRanges, isPrivate, networkOf, parseAddress, parseRange } from '../src/address.ts'

const range = (text: string) => [parseRange(text) ?? expect.fail(`${text} is no range`)]
const address = (text: string) => parseAddress(text) ?? expect.fail(`${text} is no address`)

describe('addresses', () => {
  test.each([
    ['203.0.113.7', [0, 0, 0, 0, 0, 0xffff, 0xcb00, 0x7107]],
    ['::ffff:203.0.113.7', [0, 0, 0, 0, 0, 0xffff, 0xcb00, 0x7107]],
    ['::FFFF:cb00:7107', [0, 0, 0, 0, 0, 0xffff, 0xcb00, 0x7107]],
    ['2001:db8::1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['2001:db8:0:0:0:0:0:1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['[2001:db8::1]', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['fe80::1%eth0', [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1:2:3:4:5:6:7::', [1, 2, 3, 4, 5, 6, 7, 0]],
    ['64:ff9b::192.0.2.33', [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221]],
  ])('%s', (text, groups) => {
    expect(parseAddress(text)).toEqual(groups)
  })

  test.each([
    '',
    ' ',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0x7f.0.0.1',
    '127.1',
    '2130706433',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.4\0',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::12345',
    '::g',
    '::1.2.3',
    '::1.2.3.4:1',
    '1.2.3.4::',
    '::ffff:1.2.3.256',
    '[::1',
    '[[::1]]',
    'localhost',
    '１.2.3.4',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('D22: nothing that can be sent makes it throw', () => {
    const pieces = fc.string({
      unit: fc.constantFrom('0', '1', 'f', '255', ':', '::', '.', '[', ']', '%', '/', ' '),
      maxLength: 30,
    })
    fc.assert(fc.property(pieces, (text) => (parseAddress(text)?.length ?? 8) === 8))
    fc.assert(fc.property(pieces, (text) => (parseRange(text)?.base.length ?? 8) === 8))
  })
})

describe('ranges', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['203.0.113.128/25', '203.0.113.128', true],
    ['203.0.113.128/25', '203.0.113.127', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.6', false],
    ['203.0.113.7/32', '203.0.113.6', false],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['2001:db8::1/128', '2001:db8::1', true],
    ['2001:db8::1/128', '2001:db8::2', false],
    ['::/0', '1.2.3.4', true],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ])('%s holds %s: %s', (text, ip, held) => {
    expect(inRanges(address(ip), range(text))).toBe(held)
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    '/8',
    '10/8',
    '10.0.0.0/8.5',
    '10.0.0.0/ 8',
    'x',
  ])('%s is none', (text) => {
    expect(parseRange(text)).toBeUndefined()
  })
})

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '::1',
  'fd00::1',
  'fe80::1',
  '::ffff:10.0.0.1',
])('%s is private', (ip) => {
  expect(isPrivate(address(ip))).toBe(true)
})

test.each(['8.8.8.8', '172.32.0.1', '172.15.0.1', '192.169.0.1', '100.128.0.1', '2001:db8::1', 'fec0::1', '::'])(
  '%s is not',
  (ip) => {
    expect(isPrivate(address(ip))).toBe(false)
  },
)

describe('D10: the network that attempts count for', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%s counts for %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network)
  })

  test('every way to write an address counts for one network', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(groups, (ip) => {
        const long = ip.map((group) => group.toString(16).padStart(4, '0')).join(':')
        const short = ip.map((group) => group.toString(16).toUpperCase()).join(':')
        const compressed = new URL(`http://[${short}]`).hostname
        expect(networkOf(short)).toBe(networkOf(long))
        expect(networkOf(compressed)).toBe(networkOf(long))
      }),
    )
  })
})
