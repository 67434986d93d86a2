import { AuthError, requirementOf } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { satisfies } from '../src/authentication.ts'

/** What is refused of arguments as JavaScript may pass them. */
function refusal(...given: readonly unknown[]): string | undefined {
  try {
    ;(requirementOf as (...all: readonly unknown[]) => unknown)(...given)
  } catch (error) {
    if (error instanceof AuthError && error.code === 'invalid_setting') return error.detail
    throw error
  }
  return undefined
}

describe('ASVS 16.5.3: a guard that would ask for less than it seems to is refused when it is made', () => {
  test.each([
    [['read', { withn: 1000 }], '`protect` knows no `withn`: use permission, within, assurance, methods.'],
    [[{ permision: 'read' }], '`protect` knows no `permision`: use permission, within, assurance, methods.'],
    [['read', { within: '15m' }], /^`protect\.within` .* give a number of milliseconds/],
    [['read', { within: Number.NaN }], /^`protect\.within`/],
    [['read', { within: 0 }], /^`protect\.within`/],
    [[{ assurance: '2' }], /^`protect\.assurance` .* give 1 or 2/],
    [[{ assurance: 3 }], /^`protect\.assurance`/],
    [[{ methods: 'hwk' }], /^`protect\.methods` .* give a list of methods/],
    [[{ methods: [] }], /^`protect\.methods`/],
    [[''], /^`protect\.permission` .* give a name/],
    [[{ permission: ['read'] }], /^`protect\.permission`/],
  ])('%j', (given, detail) => {
    expect(refusal(...given)).toEqual(typeof detail === 'string' ? detail : expect.stringMatching(detail))
  })

  test('and a level that there is not asks for the highest, wherever it comes from', () => {
    const assurance = { level: 1, methods: ['pwd'], provenAt: { pwd: 0 }, authenticatedAt: 0 } as const
    for (const level of ['2', 3, Number.NaN, null])
      expect(satisfies(assurance, { assurance: level as 2 }, 0)).toBe(false)
    expect(satisfies(assurance, { assurance: 1 }, 0)).toBe(true)
  })
})

test('what a guard may ask for', () => {
  expect(requirementOf()).toEqual({})
  expect(requirementOf('read')).toEqual({ permission: 'read' })
  expect(requirementOf('read', { within: 1000, assurance: 2 })).toEqual({
    permission: 'read',
    within: 1000,
    assurance: 2,
  })
  expect(requirementOf({ methods: ['hwk'], within: undefined })).toEqual({ methods: ['hwk'] })
})
