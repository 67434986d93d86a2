import { describe, expect, test } from 'vitest'
import { createChallenges } from '../../src/challenge.ts'
import { createKeys } from '../../src/keys.ts'
import { memoryStorage, testClock, testSecret } from '../house.ts'

const minute = 60_000
const other = 'another secret that is long enough and 98765'

function offering(secrets: string | readonly string[] = testSecret) {
  const clock = testClock()
  const keys = createKeys(secrets)
  const storage = memoryStorage()
  return { clock, keys, storage, challenges: createChallenges(storage, clock, keys) }
}

describe('a challenge for somebody who is not known yet', () => {
  test('D1: is redeemed once, of 50 at once, and only for its purpose and its time', async () => {
    const { challenges, clock } = offering()
    const challenge = challenges.offer('log-in', minute)
    expect(await challenges.redeem('other', challenge)).toBe(false)
    const all = await Promise.all(Array.from({ length: 50 }, () => challenges.redeem('log-in', challenge)))
    expect(all.filter(Boolean)).toHaveLength(1)
    const late = challenges.offer('log-in', minute)
    clock.advance(minute)
    expect(await challenges.redeem('log-in', late)).toBe(false)
  })

  test('can’t be made up, nor written otherwise', async () => {
    const { challenges } = offering()
    const challenge = challenges.offer('log-in', minute)
    const [random = '', until = '', stamp = ''] = challenge.split('.')
    for (const text of [
      '',
      'x',
      `${challenge}=`,
      ` ${challenge}`,
      `${random}.0${until}.${stamp}`,
      `${random}.${until}9.${stamp}`,
      `${'A'.repeat(22)}.${until}.${stamp}`,
      `${random}.${until}.${'A'.repeat(13)}`,
      `${random}.${until}.${stamp.slice(0, 2)}${'A'.repeat(11)}`,
      offering(other).challenges.offer('log-in', minute),
    ]) {
      expect([text, await challenges.redeem('log-in', text)]).toEqual([text, false])
    }
    expect(await challenges.redeem('log-in', challenge)).toBe(true)
  })

  test('ASVS 11.2.2: outlives a rotation of `secret`', async () => {
    const { challenges } = offering()
    const challenge = challenges.offer('log-in', minute)
    expect(await offering([other, testSecret]).challenges.redeem('log-in', challenge)).toBe(true)
    expect(await offering(other).challenges.redeem('log-in', challenge)).toBe(false)
  })

  test('ASVS 11.3.4: anybody may have as many as they like, so none takes a nonce of the key that seals secrets', () => {
    const { storage, clock, keys } = offering()
    const sealing = createChallenges(storage, clock, { ...keys, seal: () => expect.fail('it is sealed') })
    expect(sealing.offer('log-in', minute)).not.toBe(sealing.offer('log-in', minute))
  })
})
