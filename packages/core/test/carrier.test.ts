import { describe, expect, test } from 'vitest'
import { house } from './auth-house.ts'

describe('what a page carries to its next form', () => {
  test('opens for the same session, for an hour; nothing was carried where the form has nothing', async () => {
    const { auth, logIn, clock } = await house()
    const { principal } = await logIn()
    const other = await logIn()
    const sealed = auth.carrier.seal(principal, 'draft')
    expect(auth.carrier.open(principal, sealed)).toBe('draft')
    expect(auth.carrier.open(other.principal, sealed)).toBeUndefined()
    for (const nothing of [undefined, '', 'x', ['x'] as never, null as never]) {
      expect(auth.carrier.open(principal, nothing)).toBeUndefined()
    }
    clock.advance(60 * 60_000)
    expect(auth.carrier.open(principal, sealed)).toBeUndefined()
  })

  test('is carried by nobody without a session', async () => {
    const { auth } = await house()
    const refused = expect.objectContaining({ code: 'session_required' })
    expect(() => auth.carrier.seal(undefined as never, 'draft')).toThrow(refused)
    expect(() => auth.carrier.open(undefined as never, 'x')).toThrow(refused)
  })
})
