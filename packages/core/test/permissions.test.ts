import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectivePermissions, explain } from '../src/permissions.ts'

const names = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd', '', '*', 'a:b'))

describe('ASVS 8.3.2: what a credential may do', () => {
  test('is never more than its user may, and never more than its scopes', () => {
    fc.assert(
      fc.property(names, fc.option(names), (granted, scopes) => {
        for (const permission of effectivePermissions(granted, scopes)) {
          expect(granted).toContain(permission)
          if (scopes !== null) expect(scopes).toContain(permission)
        }
      }),
    )
  })

  test('no scopes inherit everything, empty ones nothing; no character is a wildcard', () => {
    expect(effectivePermissions(['a', 'b'], null)).toEqual(['a', 'b'])
    expect(effectivePermissions(['a', 'b'], [])).toEqual([])
    expect(effectivePermissions(['a', 'b'], ['*'])).toEqual([])
    expect(effectivePermissions(['*'], ['a'])).toEqual([])
  })

  test('explain agrees with it, and says who decides', () => {
    fc.assert(
      fc.property(names, fc.option(names), fc.constantFrom<string>('a', 'b', 'e'), (granted, scopes, permission) => {
        const apiToken = { scopes: scopes ?? undefined }
        const { allowed, user, scopes: through } = explain({ granted, apiToken }, permission)
        expect(allowed).toBe(effectivePermissions(granted, scopes).includes(permission))
        expect(user).toBe(granted.includes(permission))
        expect(through).toBe(scopes?.includes(permission))
      }),
    )
  })

  test.each([
    [['a'], undefined, 'a', 'The user has the permission a.'],
    [['a'], undefined, 'b', 'The user does not have the permission b.'],
    [
      ['a', 'b'],
      { scopes: ['b'] },
      'a',
      'The user has the permission a, but it is not among the scopes of this API token.',
    ],
    [['a'], { scopes: undefined }, 'a', 'The user has the permission a.'],
    [[], { scopes: ['a'] }, 'a', 'The user does not have the permission a.'],
  ])('case %#', (granted, apiToken, permission, reason) => {
    expect(explain({ granted, apiToken }, permission).reason).toBe(reason)
  })
})
