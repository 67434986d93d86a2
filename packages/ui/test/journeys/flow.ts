import { generateSync } from 'otplib/functional'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { picture, program, startBrowser, type Watched } from '../browser.ts'
import { password } from '../house.ts'
import { openReader, type Reader } from '../reader.ts'
import { frameworks, type Running, start } from '../servers.ts'
import { readerOf } from './chromium-reader.ts'

export const hour: number = 60 * 60_000
/** The time for which a code of an authenticator app is good. */
export const step = 30_000
export const newPassword = 'another horse, another staple'
/** What the browsers of these tests call themselves. */
export const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** An application, and people in front of its pages. */
export interface Flow {
  readonly app: Running
  /** A browser of somebody's own, with nothing in it. */
  open(userAgent?: string): Promise<Reader>
  /** A user that no other test has, with a browser of their own. */
  someone(roles?: readonly string[]): Promise<Person>
  /** Somebody who is in. */
  insider(roles?: readonly string[]): Promise<Person>
  logIn(reader: Reader, username: string, secret?: string): Promise<void>
  /** Sets up an authenticator app: what comes back says its code of this moment. */
  addTotp(reader: Reader): Promise<() => string>
}

interface Person {
  readonly username: string
  readonly id: string
  readonly reader: Reader
}

type Opener = (origin: string, userAgent: string) => Promise<Reader>

/** Tells flows of one area on every framework, twice: by a browser without script or style, and in Chromium. */
export function onEveryFramework(area: string, tell: (flow: Flow) => void): void {
  const sitDown = startedOnce()
  for (const framework of frameworks) {
    describe(`${area} on ${framework}, without JavaScript`, () => {
      tell(flowOn(framework, async (origin, agent) => openReader(origin, agent)))
    })
    describe.skipIf(!program)(`${area} on ${framework}, in Chromium`, { timeout: 60_000 }, () => {
      tell(flowOn(framework, seats(framework, sitDown)))
    })
  }
}

interface Seat {
  readonly page: Page
  readonly userAgent: string
  readonly reader: Reader
}

/** One Chromium for all tests of a file, started when the first of them wants it. */
function startedOnce(): (origin: string, userAgent: string) => Promise<Seat> {
  let started: Promise<Watched> | undefined
  afterAll(async () => {
    const watched = await started
    await watched?.browser.close()
    watched?.check()
  })
  return async (origin, agent) => {
    started ??= startBrowser()
    const page = await (await started).open({ userAgent: agent })
    return { page, userAgent: agent, reader: readerOf(page, origin) }
  }
}

/** To open a browser takes longer than a test: it is emptied, and used again by the next one. */
function seats(framework: string, sitDown: ReturnType<typeof startedOnce>): Opener {
  const taken: Seat[] = []
  const free: Seat[] = []
  afterEach(async ({ task }) => {
    const title = task.name.replaceAll(/\W+/g, '-').slice(0, 60)
    // The pages are the same everywhere: one picture of each is enough, and one of what went wrong.
    const isKept = framework === 'express' || task.result?.state === 'fail'
    for (const [number, { page }] of taken.entries()) {
      if (isKept) await picture(page, `journey-${title}-${framework}-${number + 1}`)
      await page.context().clearCookies()
    }
    free.push(...taken.splice(0))
  })
  return async (origin, agent) => {
    const index = free.findIndex(({ userAgent: kept }) => kept === agent)
    const seat = free.splice(index, index < 0 ? 0 : 1)[0] ?? (await sitDown(origin, agent))
    taken.push(seat)
    return seat.reader
  }
}

function flowOn(framework: (typeof frameworks)[number], opener: Opener): Flow {
  let app: Running
  let users = 0

  beforeAll(async () => {
    app = await start(framework)
  })
  afterAll(() => app.close())

  const flow: Flow = {
    get app() {
      return app
    },
    open: (agent = userAgent) => opener(app.origin, agent),

    async someone(roles = []) {
      const username = `user-${users++}`
      const address = { email: `${username}@example.com`, emailVerified: true }
      const { id } = await app.auth.users.create({ username, password, ...address, roles })
      return { username, id, reader: await flow.open() }
    },

    async insider(roles) {
      const person = await flow.someone(roles)
      await flow.logIn(person.reader, person.username)
      expect(person.reader.at).toBe('/account')
      return person
    },

    async logIn(reader, username, secret = password) {
      await reader.go('/account/log-in')
      await reader.press('Log in', { username, password: secret })
    },

    async addTotp(reader) {
      await reader.follow(/^Authenticator app/)
      const secret = /<code class="secret">([^<]+)/.exec(reader.markup)?.[1]?.replaceAll(' ', '') ?? ''
      const code = () => generateSync({ secret, epoch: (Date.now() + app.clock.later) / 1000 })
      await reader.press('Finish', { code: code() })
      return code
    },
  }
  return flow
}

/** What a message bears that goes out after the answer. */
export async function eventually(read: () => string | undefined): Promise<string> {
  await expect.poll(read).toBeDefined()
  return read() ?? ''
}
