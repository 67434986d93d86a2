import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Assurance, levelOf, proveAgain, proveFactor, type ProvenAt, satisfies } from '../src/authentication.ts'

const method = fc.constantFrom('pwd', 'otp', 'hwk', 'fed', 'mfa')
const proven = fc.dictionary(method, fc.nat(1000))
const assuranceOf = (provenAt: ProvenAt): Assurance => ({
  level: levelOf(provenAt),
  methods: Object.keys(provenAt),
  provenAt,
  authenticatedAt: Math.max(0, ...Object.values(provenAt)),
})

describe('what is proven', () => {
  test('the first factor again, or another first one beside it, makes no second factor', () => {
    expect(levelOf(proveAgain({ pwd: 1 }, ['pwd'], 2))).toBe(1)
    expect(levelOf(proveAgain({ pwd: 1 }, ['fed'], 2))).toBe(1)
    expect(proveAgain({ pwd: 1, otp: 1, mfa: 1 }, ['pwd'], 9)).toEqual({ pwd: 9, otp: 1, mfa: 1 })
  })

  test('a factor beside something else is two, the same one twice is not', () => {
    expect(proveFactor({ pwd: 1 }, ['otp'], 2)).toEqual({ pwd: 1, otp: 2, mfa: 2 })
    expect(levelOf(proveFactor({ otp: 1 }, ['otp'], 2))).toBe(1)
    expect(levelOf(proveFactor({}, ['otp'], 2))).toBe(1)
  })

  test('nothing that an object inherits is a method', () => {
    expect(levelOf({})).toBe(1)
    expect(satisfies(assuranceOf({ pwd: 1 }), { methods: ['toString'] }, 1)).toBe(false)
    expect(satisfies(assuranceOf({ pwd: 1 }), { methods: ['__proto__'] }, 1)).toBe(false)
  })
})

describe('ASVS 10.3.4: whether a requirement is met', () => {
  const requirement = fc.record(
    { within: fc.nat(1000), assurance: fc.constantFrom<1 | 2>(1, 2), methods: fc.array(method, { maxLength: 2 }) },
    { requiredKeys: [] },
  )

  test('more that is asked for is never met by less', () => {
    fc.assert(
      fc.property(proven, requirement, fc.nat(2000), (provenAt, asked, now) => {
        if (!satisfies(assuranceOf(provenAt), asked, now)) return
        const { within, assurance, methods } = asked
        expect(satisfies(assuranceOf(provenAt), { within }, now)).toBe(true)
        expect(satisfies(assuranceOf(provenAt), { assurance }, now)).toBe(true)
        expect(satisfies(assuranceOf(provenAt), { methods }, now)).toBe(true)
        expect(satisfies(assuranceOf({ ...provenAt, hwk: now }), asked, now)).toBe(true)
      }),
    )
  })

  test('with the level and an age, the second factor itself is as young as that', () => {
    const old = assuranceOf({ pwd: 1000, otp: 10, mfa: 10 })
    expect(satisfies(old, { within: 100, assurance: 2 }, 1000)).toBe(false)
    expect(satisfies(old, { within: 100 }, 1000)).toBe(true)
    expect(satisfies(old, { within: 100, methods: ['otp'] }, 1000)).toBe(false)
    expect(satisfies(old, { within: 990, assurance: 2, methods: ['otp'] }, 1000)).toBe(true)
  })

  test('to the millisecond, and nothing asked is met', () => {
    expect(satisfies(assuranceOf({ pwd: 100 }), { within: 100 }, 200)).toBe(true)
    expect(satisfies(assuranceOf({ pwd: 100 }), { within: 100 }, 201)).toBe(false)
    expect(satisfies(assuranceOf({}), {}, 1)).toBe(true)
  })
})
