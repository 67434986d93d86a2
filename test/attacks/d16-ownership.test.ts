import { totp } from '@sallyport/core/totp'
import { describe, expect, test } from 'vitest'
import { ways } from '../flows/application.ts'
import { type Answer, browser, type Client } from '../flows/client.ts'
import { goodPassword, house, testFactor } from '../flows/house.ts'

/** Ann has one of everything; bob is logged in. */
async function open() {
  const enrolled = new Set<string>()
  const there = await house({ factors: [testFactor(enrolled), totp()], trustedDevices: true })
  await there.auth.users.create({ username: 'bob', password: goodPassword, roles: ['admin'] })
  const send = await ways['Express 5'](there.auth)
  const page = browser(send)
  enrolled.add(there.ann.id)
  await page.logIn()
  const unlocked = await page.send('POST', '/auth/unlock', { factor: 'test', code: '123456', trustDevice: true })
  const made = await page.send('POST', '/auth/api-tokens', { name: 'ci' })
  const devices = await page.send('GET', '/auth/trusted-devices')
  const bobs = browser(send)
  await bobs.logIn({ username: 'bob' })
  const ids = {
    session: (unlocked.json['session'] as { id: string }).id,
    apiToken: (made.json['apiToken'] as { id: string }).id,
    device: (devices.json['items'] as { id: string }[])[0]?.id ?? expect.fail('no device is trusted'),
  }
  return { ...there, send, page, bobs, ids }
}

type Ids = Awaited<ReturnType<typeof open>>['ids']

const wishes: Readonly<Record<string, (client: Client, ids: Ids) => Promise<Answer>>> = {
  'end the session': (client, { session }) => client.send('DELETE', `/auth/sessions/${session}`),
  'rotate the API token': (client, { apiToken }) => client.send('POST', `/auth/api-tokens/${apiToken}/rotate`, {}),
  'end the API token': (client, { apiToken }) => client.send('DELETE', `/auth/api-tokens/${apiToken}`),
  'end the trusted device': (client, { device }) => client.send('DELETE', `/auth/trusted-devices/${device}`),
  'remove a factor by the id of a session': (client, { session }) => client.send('DELETE', `/auth/factors/${session}`),
  'end the API token as a session': (client, { apiToken }) => client.send('DELETE', `/auth/sessions/${apiToken}`),
  'end the session as an API token': (client, { session }) => client.send('DELETE', `/auth/api-tokens/${session}`),
}

describe('D16: somebody else’s is not there', () => {
  test.each(Object.keys(wishes))('%s: 404, and nothing has changed', async (name) => {
    const { page, bobs, ids, counting } = await open()
    const wish = wishes[name] ?? expect.fail()
    counting.reset()
    const answer = await wish(bobs, ids)
    expect([answer.status, answer.json['code']]).toEqual([404, 'not_found'])
    // The same as for what is not there at all, byte for byte.
    const nothing = await wish(bobs, { session: 'x'.repeat(22), apiToken: 'x'.repeat(22), device: 'x'.repeat(22) })
    expect(nothing.text).toBe(answer.text)
    expect(counting.calls.filter(({ operation }) => operation === 'take')).toEqual([])
    expect((await page.send('GET', '/auth/session')).json['status']).toBe('unlocked')
    expect((await page.send('GET', '/auth/api-tokens')).json['items']).toMatchObject([
      { id: ids.apiToken, rotatedAt: null },
    ])
    expect((await page.send('GET', '/auth/trusted-devices')).json['items']).toMatchObject([{ id: ids.device }])
  })

  test('lists show one’s own alone, whatever the cursor says', async () => {
    const { page, bobs, ids } = await open()
    for (const path of ['/auth/sessions', '/auth/api-tokens', '/auth/trusted-devices', '/auth/factors']) {
      const anns = await page.send('GET', path)
      for (const cursor of [
        '',
        `?cursor=${ids.session}`,
        `?cursor=${ids.apiToken}`,
        '?cursor=',
        '?owner=ann&cursor=0',
      ]) {
        const { text } = await bobs.send('GET', path + cursor)
        for (const { id } of anns.json['items'] as { id: string }[]) expect(text).not.toContain(id)
      }
    }
  })

  test('ids of others in the body do nothing', async () => {
    const { bobs, page, ids, ann } = await open()
    const fields = { userId: ann.id, user: ann.id, owner: ann.id, id: ids.apiToken, sessionId: ids.session }
    const made = await bobs.send('POST', '/auth/api-tokens', { name: 'x', ...fields })
    expect((made.json['apiToken'] as { id: string }).id).not.toBe(ids.apiToken)
    await bobs.send('POST', '/auth/sessions/revoke-others', fields)
    await bobs.send('POST', '/auth/logout', fields)
    expect((await page.send('GET', '/auth/session')).json['status']).toBe('unlocked')
    expect((await page.send('GET', '/auth/api-tokens')).json['items']).toMatchObject([{ id: ids.apiToken }])
  })
})
