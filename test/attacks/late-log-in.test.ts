import type { PasswordHasher } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { cheapHasher, goodPassword, house, otherPassword, testFactor } from '../flows/house.ts'

const change = { current: goodPassword, password: otherPassword, revokeOthers: false }

/** A house in which the next password that is right is only acted upon when the test says so. */
async function open(enrolled: ReadonlySet<string> = new Set()) {
  let isVerified: () => void = () => {}
  let gate: Promise<void> | undefined
  const hasher: PasswordHasher = {
    ...cheapHasher,
    async verify(hash, password) {
      const right = await cheapHasher.verify(hash, password)
      isVerified()
      const waitFor = gate
      gate = undefined
      await waitFor
      return right
    },
  }
  const there = await house({ password: { hasher }, factors: [testFactor(enrolled)] })

  /** Logs in with the old password while something goes on between its check and what comes of it. */
  async function lateLogIn(meanwhile: () => Promise<unknown>) {
    let goOn: () => void = () => {}
    gate = new Promise((resolve) => {
      goOn = resolve
    })
    const verified = new Promise<void>((resolve) => {
      isVerified = resolve
    })
    const late = there.auth.logIn({ username: 'ann', password: goodPassword })
    await verified
    await meanwhile()
    goOn()
    return late
  }
  return { ...there, lateLogIn }
}

describe('D21: a log-in with the old password while the user changes it and keeps the sessions', () => {
  test('is refused: what was proven is no longer so', async () => {
    const { auth, lateLogIn, of } = await open()
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    const principal = await principalOf(auth, token.reveal())
    const late = lateLogIn(() => auth.passwords.change(principal, change))
    await expect(late).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(of('login.refused')).toMatchObject([{ reason: 'changed_meanwhile' }])
    expect((await auth.logIn({ username: 'ann', password: otherPassword })).status).toBe('unlocked')
  })

  test('gets no locked token either, which would outlive the password', async () => {
    const enrolled = new Set<string>()
    const { auth, ann, lateLogIn } = await open(enrolled)
    const { token } = await auth.logIn({ username: 'ann', password: goodPassword })
    const principal = await principalOf(auth, token.reveal())
    const late = lateLogIn(async () => {
      await auth.passwords.change(principal, change)
      enrolled.add(ann.id)
    })
    await expect(late).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect((await auth.logIn({ username: 'ann', password: otherPassword })).status).toBe('locked')
  })
})

async function principalOf(auth: Awaited<ReturnType<typeof open>>['auth'], token: string) {
  const resolution = await auth.authenticate(new Request(`https://app.example.com/?token=${token}`))
  return resolution.status === 'unlocked' ? resolution.principal : expect.fail(resolution.status)
}
