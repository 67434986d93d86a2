import { describe, expect, test } from 'vitest'
import { parseRange } from '../src/address.ts'
import { createEvents } from '../src/event-bus.ts'
import { createClientReader } from '../src/http/client-address.ts'
import { eventLog } from './house.ts'
import { view } from './view.ts'

function read(address: string | undefined, headers: Record<string, string>, proxies: readonly string[] = []) {
  const log = eventLog()
  const events = createEvents(Date.now, (error) => expect.fail(String(error)))
  events.on(log.listener)
  const reader = createClientReader(
    proxies.flatMap((text) => parseRange(text) ?? []),
    events.emit,
  )
  return { client: reader(view({ address, headers })), reader, log }
}

const proxies = ['10.0.0.0/8', '2001:db8:ffff::/48']

describe('ASVS 15.3.4: behind listed proxies', () => {
  test.each([
    ['one hop', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['two listed hops', '10.0.0.1', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['what the client made up stands on the left', '10.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['a made-up listed proxy on the left', '10.0.0.1', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['IPv4 with a port', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['unreadable on the right', '10.0.0.1', '203.0.113.7, unknown', '10.0.0.1'],
    ['unreadable behind a listed one', '10.0.0.1', '203.0.113.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['empty', '10.0.0.1', '', '10.0.0.1'],
    ['a proxy with an IPv6 address', '2001:db8:ffff::1', '203.0.113.7', '203.0.113.7'],
    ['a mapped proxy', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
  ])('%s', (_, peer, forwarded, expected) => {
    const { client, log } = read(peer, { 'x-forwarded-for': forwarded }, proxies)
    expect(client.address).toBe(expected)
    expect(log.all).toEqual([])
  })

  test('D10: a client behind a proxy counts for its own network', () => {
    expect(read('10.0.0.1', { 'x-forwarded-for': '2001:db8:1:2::9' }, proxies).client.network).toBe('2001:db8:1:2::/64')
  })
})

describe('D10: without a list nothing that is forwarded is believed', () => {
  test('a public peer is the client, whatever it forwards', () => {
    const { client, log } = read('203.0.113.7', { 'x-forwarded-for': '1.1.1.1' })
    expect(client).toMatchObject({ address: '203.0.113.7', network: '203.0.113.7' })
    expect(log.all).toEqual([])
  })

  test.each(['x-forwarded-for', 'forwarded'])(
    'a private peer with %s is reported once, and no network limit is applied to it',
    (header) => {
      const { client, reader, log } = read('10.0.0.1', { [header]: '1.1.1.1' })
      expect(client).toMatchObject({ address: '10.0.0.1', network: undefined })
      reader(view({ address: '10.0.0.1', headers: { [header]: '2.2.2.2' } }))
      expect(log.all).toMatchObject([{ type: 'proxy.unlisted', peer: '10.0.0.1' }])
    },
  )

  test('a private peer that forwards nothing is a client like any other', () => {
    expect(read('10.0.0.1', {}).client.network).toBe('10.0.0.1')
  })

  test('other headers with addresses are not read', () => {
    const headers = {
      'x-real-ip': '1.1.1.1',
      'x-client-ip': '1.1.1.1',
      'cf-connecting-ip': '1.1.1.1',
      'true-client-ip': '1.1.1.1',
    }
    expect(read('10.0.0.1', headers, proxies).client.address).toBe('10.0.0.1')
  })

  test('a flood of peers is not remembered without bound', () => {
    const { reader, log } = read(undefined, {})
    for (let i = 0; i < 500; i++) reader(view({ address: `10.0.${i >> 8}.${i & 255}`, headers: { forwarded: 'x' } }))
    expect(log.all.length).toBe(100)
  })
})

test.each([undefined, '', 'nonsense'])('a peer that can not be known (%j) has no network', (address) => {
  expect(read(address, {}).client.network).toBeUndefined()
})

test('ASVS 16.4.1: what a client says of itself is bounded and can not forge a line of a log', () => {
  const { client } = read('203.0.113.7', { 'user-agent': `a\r\nb\u2028\u001b[31m\u0000${'x'.repeat(1000)}` })
  expect(client.userAgent).toMatch(/^a\?\?b\?\?\[31m\?x+$/)
  expect(client.userAgent?.length).toBe(256)
})
