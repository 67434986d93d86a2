import { beforeAll, describe, expect, it } from 'vitest'
import { attempt, serviceProvider, type ServiceProvider } from './harness.ts'
import {
  assertionXml,
  doublySignedResponse,
  type Facts,
  type KeyPair,
  makeKeyPair,
  responseXml,
  sign,
  signedResponse,
  type Signing,
} from './idp.ts'
import { wrap, wrappings } from './wrapping.ts'

let key: KeyPair
let sp: ServiceProvider
beforeAll(() => {
  key = makeKeyPair()
  sp = serviceProvider(key)
})

const signedAsAWhole = (f: Facts, signing: Signing) => sign(responseXml(f, assertionXml(f)), f.responseId, signing)

describe.each([
  ['over a signed assertion', signedResponse],
  ['over a signed response', signedAsAWhole],
  ['over both', doublySignedResponse],
])('D12: signature wrapping %s', (_, make) => {
  it.each(
    Object.entries(wrappings).flatMap(([title, shape]) => [
      [title, 'with its id', shape, false] as const,
      [title, 'with a new id', shape, true] as const,
    ]),
  )('%s, %s', async (_title, _id, shape, hasOwnId) => {
    const { evidence, refusal, claims } = await attempt(sp, (f) => wrap(make(f, { key }), shape, hasOwnId))
    expect(evidence).toBeUndefined()
    expect(refusal).toBeTruthy()
    expect(claims).toBe(0)
  })
})
