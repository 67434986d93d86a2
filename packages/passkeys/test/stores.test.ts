import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChallenges } from '../../core/src/challenge.ts'
import { createKeys } from '../../core/src/keys.ts'
import { type OpenStore, stores } from '../../core/test/mfa/stores.ts'
import { type House, house, origin } from './house.ts'
import { softwareAuthenticator } from './software-authenticator.ts'

const times = 50
const fiftyAtOnce = <Result>(act: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: times }, act))

for (const { name, here, open } of stores) {
  describe.skipIf(!here)(`races for a challenge, on ${name}`, () => {
    // As those that are synced, it counts nothing: only the challenge says that an answer was there before.
    const device = softwareAuthenticator(origin, { counter: 0 })
    let store: OpenStore
    let h: House

    beforeAll(async () => {
      store = await open()
      h = await house({}, { storage: store.storage })
      const token = await h.enter()
      const { body: options } = await h.post('/factors/passkeys/options', {}, token)
      await h.post('/factors/passkeys', { response: device.register(options) }, token)
    })
    afterAll(() => store.dispose())

    it('D1: one answer of a passkey, 50 times at once, logs in once', async () => {
      const { body: options } = await h.post('/login/passkey/options', {})
      const response = device.authenticate(options)
      const all = await fiftyAtOnce(() => h.post('/login/passkey', { response, returnToken: true }))
      expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: times - 1 }, () => 401)])
    })

    it('D1: one answer of a passkey, 50 times at once with its locked token, unlocks once', async () => {
      const locked = await h.enter()
      const { body: options } = await h.post('/unlock/begin', { factor: 'passkey' }, locked)
      const response = device.authenticate(options)
      const all = await fiftyAtOnce(() => h.post('/unlock', { factor: 'passkey', response }, locked))
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it('D1: a challenge that 50 have read is consumed by one of them, whatever else would stop the others', async () => {
      const challenges = createChallenges(
        store.storage,
        Date.now,
        createKeys('a secret that is long enough and 0123456789'),
      )
      const user = (await h.auth.users.findByLogin('ada')) ?? expect.fail('nobody')
      const entry = (await store.storage.get('user', user.id)) ?? expect.fail('nothing of hers')
      const { epoch } = entry.data as { readonly epoch: string }
      const binding = { purpose: 'race', waitingId: 'w', user, epochs: { session: epoch } }
      await challenges.keep(binding, 'question', 60_000)
      const read = await fiftyAtOnce(async () => (await challenges.read(binding)) ?? expect.fail('it is gone'))
      expect(read.map(({ kept }) => kept)).toEqual(Array.from({ length: times }, () => 'question'))
      const consumed = await Promise.all(read.map((challenge) => challenge.consume()))
      expect(consumed.filter(Boolean)).toHaveLength(1)
    })
  })
}
