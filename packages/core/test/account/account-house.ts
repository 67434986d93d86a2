import type { Message } from '@sallyport/core'
import { expect } from 'vitest'
import { settled } from '../auth-house.ts'
import { mfaHouse, type MfaHouse, type MfaSettings } from '../mfa/mfa-house.ts'
import { goodPassword } from '../house.ts'

/** An installation that sends messages, with a user `eve` whose address is verified. */
export interface AccountHouse extends MfaHouse {
  readonly eve: { readonly id: string }
  /** What has been sent once nothing is under way any more. */
  outbox(): Promise<readonly Message[]>
  /** The token in the newest message of a type. */
  tokenOf(type: Message['type']): Promise<string>
}

export const eveEmail = 'eve@example.com'
export const otherPassword = 'seven green bottles hanging'

export async function accountHouse(settings: MfaSettings = {}): Promise<AccountHouse> {
  const there = await mfaHouse(settings)
  const eve = await there.auth.users.create({
    username: 'eve',
    password: goodPassword,
    email: eveEmail,
    emailVerified: true,
  })

  async function outbox(): Promise<readonly Message[]> {
    await settled()
    await settled()
    return there.sent
  }

  return {
    ...there,
    eve,
    outbox,

    async tokenOf(type) {
      const found = (await outbox()).findLast((message) => message.type === type)
      return found !== undefined && 'link' in found ? tokenIn(found.link.reveal()) : expect.fail(`no ${type} was sent`)
    },
  }
}

/** The token in a link. */
export function tokenIn(link: string): string {
  return /#token=(sp_[rvg]_[\w.-]+)$/.exec(link)?.[1] ?? expect.fail(`there is no token in ${link}`)
}

/** How many of several promises came to which end. */
export async function outcomes(all: readonly Promise<unknown>[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const result of await Promise.allSettled(all)) {
    const outcome = result.status === 'fulfilled' ? 'done' : (result.reason as { readonly code: string }).code
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}
