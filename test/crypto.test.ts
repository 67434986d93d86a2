import { expect, test } from 'vitest'
import { strengths } from '../scripts/docs/crypto-page.ts'

test('ASVS 11.2.3: nothing that keeps a secret is weaker than 128 bits', () => {
  expect(Object.keys(strengths).length).toBeGreaterThan(5)
  for (const [name, bits] of Object.entries(strengths)) expect([name, bits >= 128]).toEqual([name, true])
})
