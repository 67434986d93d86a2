import { generateSync } from 'otplib/functional'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  addAuthenticator,
  arrives,
  go,
  logIn,
  picture,
  press,
  program,
  says,
  startBrowser,
  type Watched,
} from './browser.ts'
import { password } from './house.ts'
import { frameworks, type Running, start } from './servers.ts'

const step = 30_000
const newPassword = 'another horse, another staple'

let watched: Watched
beforeAll(async () => {
  if (program) watched = await startBrowser()
})
afterAll(async () => {
  await watched?.browser.close()
  watched?.check()
})

describe.skipIf(!program).each(frameworks)(
  'from beginning to end in Chromium, on %s',
  { timeout: 60_000 },
  (framework) => {
    let app: Running

    beforeAll(async () => {
      app = await start(framework)
    })
    afterEach(() => Promise.all(watched.browser.contexts().map((context) => context.close())))
    afterAll(() => app.close())

    // The pages are the same everywhere: one picture of each is enough.
    const keep = async (page: Page, name: string) => framework === 'express' && picture(page, name)

    async function open(): Promise<Page> {
      const page = await watched.open({ baseURL: app.origin })
      // A browser that offers no passkey by itself: everything is pressed.
      await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')
      return page
    }

    async function user(username: string, roles: readonly string[] = ['reader']): Promise<string> {
      const address = { email: `${username}@example.com`, emailVerified: true }
      return (await app.auth.users.create({ username, password, ...address, roles })).id
    }

    async function enter(page: Page, username: string, to = '/account'): Promise<void> {
      await page.goto(to)
      await logIn(page, username)
      await arrives(page, to)
    }

    async function linkOf(kind: Parameters<Running['lastLink']>[0]): Promise<string> {
      await expect.poll(() => app.lastLink(kind)).toBeDefined()
      return app.lastLink(kind) ?? ''
    }

    test('whoever wants a document logs in, sets up an authenticator app, and passes the second door with it', async () => {
      await user('ada')
      const page = await open()
      await enter(page, 'ada', '/documents/7')
      expect(await page.textContent('body')).toBe('a document')
      await page.goto('/account/factors')
      await go(page, /^Authenticator app/)
      const secret = (await page.locator('code.secret').textContent())?.replaceAll(' ', '') ?? ''
      const code = () => generateSync({ secret, epoch: (Date.now() + app.clock.later) / 1000 })
      await page.getByLabel('Code', { exact: true }).fill(code())
      await keep(page, 'totp')
      await go(page, 'Finish')
      await says(page, 'Added.')
      await go(page, /^Recovery codes/)
      await go(page, 'Make recovery codes')
      const [recoveryCode = ''] = await page.locator('main li code').allTextContents()
      await keep(page, 'recovery-codes')
      await go(page, 'I have saved them')
      await go(page, 'Log out')

      app.clock.later += step
      await page.goto('/documents/7')
      await logIn(page, 'ada')
      await arrives(page, /^.account.unlock/)
      await keep(page, 'second-door')
      await page.goto('/documents/7')
      await page.getByLabel('Code', { exact: true }).fill(code())
      await press(page, 'Continue')
      await arrives(page, '/documents/7')
      await page.goto('/account')
      await go(page, 'Log out')
      await logIn(page, 'ada')
      await go(page, 'Recovery codes')
      await page.getByLabel('Recovery code', { exact: true }).fill(recoveryCode)
      await press(page, 'Continue')
      await arrives(page, '/account')
    })

    test('a passkey is created, opens the second door, and both at once', async () => {
      await user('grace')
      const page = await open()
      await addAuthenticator(page)
      await enter(page, 'grace')
      await page.goto('/account/factors/add/passkey')
      await press(page, 'Create passkey')
      await says(page, 'Added.')
      await keep(page, 'passkey')
      await go(page, 'Log out')
      await logIn(page, 'grace')
      await press(page, 'Use a passkey')
      await arrives(page, '/account')
      await go(page, 'Log out')
      await press(page, 'Log in with a passkey')
      await arrives(page, '/account')
      await says(page, 'Hello, grace')
    })

    test('an API token is created, used by a program, rotated and revoked', async () => {
      await user('hedy')
      const page = await open()
      await enter(page, 'hedy', '/account/api-tokens')
      await page.getByLabel('Name', { exact: true }).fill('Backup')
      await go(page, 'Create token')
      const shown = () => page.getByLabel('Token', { exact: true }).inputValue()
      const status = async (token: string) => (await fetch(`${app.origin}/documents/7?token=${token}`)).status
      const first = await shown()
      await keep(page, 'api-token')
      expect(await status(first)).toBe(200)
      await page.goto('/account/api-tokens')
      await page.locator('summary', { hasText: 'Rotate' }).click()
      await page.getByLabel('The old secret works for').selectOption('not a moment longer')
      await go(page, /^Rotate now/)
      const second = await shown()
      expect([await status(first), await status(second)]).toEqual([401, 200])
      await page.goto('/account/api-tokens')
      await page.locator('summary', { hasText: 'Revoke' }).click()
      await go(page, /^Yes, revoke it/)
      await says(page, 'Revoked.')
      expect(await status(second)).toBe(401)
    })

    test('somebody registers, forgets the password, and comes back by a link; who was in elsewhere is out', async () => {
      const email = 'new@example.com'
      const page = await open()
      await page.goto('/account/log-in')
      await go(page, 'Create an account')
      await page.getByLabel('E-mail').fill(email)
      await go(page, 'Create an account')
      await says(page, 'Almost there')
      await page.goto(await linkOf('registration'))
      await page.getByLabel('New password').fill(password)
      await keep(page, 'registration')
      await go(page, 'Save password')
      await logIn(page, email)
      await arrives(page, '/account')

      const elsewhere = await open()
      await elsewhere.goto('/account/log-in')
      await go(elsewhere, 'Forgot your password?')
      await elsewhere.getByLabel('User name or e-mail').fill(email)
      await go(elsewhere, 'Send link')
      await says(elsewhere, 'a link is on its way')
      await elsewhere.goto(await linkOf('password-reset'))
      await elsewhere.getByLabel('New password').fill(newPassword)
      await go(elsewhere, 'Save password')
      await logIn(elsewhere, email, newPassword)
      await arrives(elsewhere, '/account')
      await keep(elsewhere, 'account')
      await page.goto('/account/sessions')
      await arrives(page, /^.account.log-in\?.*error=invalid_token/)
      await says(page, 'You have been logged out.')
    })

    test('an administrator invites, asks for a second factor, acts in somebody’s place, and disables', async () => {
      await user('katherine', ['admin'])
      const page = await open()
      await enter(page, 'katherine')
      await go(page, 'Users')
      await go(page, 'Invite user')
      await page.getByLabel('User name').fill('mary')
      await page.getByLabel('Roles').fill('reader')
      await go(page, 'Invite')
      const link = await page.locator('#link').inputValue()
      await go(page, 'Continue')
      await keep(page, 'user')
      const theirs = await open()
      await theirs.goto(link)
      await theirs.getByLabel('New password').fill(password)
      await go(theirs, 'Save password')
      await logIn(theirs, 'mary')
      await arrives(theirs, '/account')

      await page.locator('summary', { hasText: 'Act in their place' }).click()
      await go(page, /^Yes, act in their place/)
      await says(page, 'You are acting in the place of mary.')
      await keep(page, 'in-their-place')
      await page.goto('/account/events')
      await page
        .getByRole('listitem')
        .filter({ hasText: /^Logged in.*by an administrator/s })
        .waitFor()
      await go(page, 'Stop and log out')
      await logIn(page, 'katherine')
      await arrives(page, '/account')
      await go(page, 'Users')
      await page.getByLabel('User name or e-mail begins with').fill('mary')
      await go(page, 'Search')
      await go(page, 'mary')
      await page.getByLabel('Two-step verification').selectOption('Required')
      await go(page, 'Save')
      // There is no address that a ticket could be sent to.
      const ticket = await page.locator('#ticket').inputValue()
      await keep(page, 'ticket')
      await go(page, 'Continue')
      await theirs.goto('/account/sessions')
      await says(theirs, 'One more thing to set up')
      await theirs.getByLabel('Ticket').fill(ticket)
      await go(theirs, 'Continue')
      await theirs.getByRole('link', { name: /^Authenticator app/ }).waitFor()
      await page.locator('summary', { hasText: 'Disable' }).click()
      await go(page, /^Yes, disable/)
      await says(page, 'Disabled')
      await theirs.goto('/account')
      await logIn(theirs, 'mary')
      await says(theirs, 'That did not match.')
      await page.goto('/account/admin/events')
      await says(page, 'Administrator acted in the place of a user')
      await keep(page, 'events')
    })
  },
)
