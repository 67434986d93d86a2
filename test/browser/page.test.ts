import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { send } from '../examples/client.ts'
import { letTimePass } from '../examples/stored-time.ts'
import { goTo, logIn, picture, program, setStage, type User } from './open-page.ts'

const execute = promisify(execFile)
const minute = 60_000

describe.skipIf(!program)('the page in Chromium', { timeout: 30_000 }, () => {
  const stage = setStage('express')

  /** What the page says in passing. */
  const said = (page: Page) => page.locator('#announcements')
  const alert = (page: Page) => page.getByRole('alert')

  describe('logging in', () => {
    test('a wrong password is told, and the right one opens', async () => {
      const user = stage.user('reader')
      const page = await stage.open()
      await page.getByLabel('User name').fill(user.username)
      await page.getByLabel('Password', { exact: true }).fill('wrong')
      await page.getByRole('button', { name: 'Log in', exact: true }).click()
      expect(await alert(page).textContent()).toBe('The user name or the password is wrong.')
      await logIn(page, user)
      await page.getByText('The sally port').waitFor()
      expect(await page.getByRole('banner').textContent()).toContain(user.username)
      expect(await page.title()).toBe('Documents · Sallyport')
    })

    test('with the keyboard alone', async () => {
      const { username, password } = stage.user('reader')
      const page = await stage.open()
      await page.keyboard.type(username)
      await page.keyboard.press('Tab')
      await page.keyboard.type(password)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text')
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Enter')
      await page.getByRole('navigation').waitFor()
    })

    test('the token is in a cookie that no script of the page can read, and nowhere else', async () => {
      const page = await stage.openAs(stage.user('reader'))
      const cookies = await page.context().cookies()
      // Besides, the marker of a known device: no credential, and no page reads it either.
      expect(cookies.map(({ name }) => name).sort()).toEqual(['sallyport', 'sallyport-known'])
      for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
      expect(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }))).toBe(
        '{}',
      )
    })

    test('without “keep me logged in” the cookie ends with the browser', async () => {
      const page = await stage.open()
      await page.getByLabel('Keep me logged in on this device').uncheck()
      await logIn(page, stage.user('reader'))
      expect((await page.context().cookies()).map(({ name, expires }) => [name, expires])).toEqual([['sallyport', -1]])
    })

    test('after too many attempts it says how long to wait', async () => {
      const { username, password } = stage.user('reader')
      for (let i = 0; i < 10; i++) {
        await send(stage.url, 'POST', '/auth/login', { body: { username, password: `guess ${i}` } })
      }
      const page = await stage.open()
      await page.getByLabel('User name').fill(username)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Log in', exact: true }).click()
      expect(await alert(page).textContent()).toMatch(/^There were too many attempts\. Please wait 15 minutes\.$/)
      await picture(page, 'too-many-attempts')
    })

    test('without a connection it says so, and works when it is back', async () => {
      const user = stage.user('reader')
      const page = await stage.open()
      await page.context().setOffline(true)
      await page.getByLabel('User name').fill(user.username)
      await page.getByLabel('Password', { exact: true }).fill(user.password)
      await page.getByRole('button', { name: 'Log in', exact: true }).click()
      expect(await alert(page).textContent()).toMatch(/cannot be reached/)
      await page.context().setOffline(false)
      await logIn(page, user)
    })

    test('a reload stays inside; log out leads out, and the way back is shut', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await goTo(page, 'Sessions')
      await page.reload()
      await page.getByRole('heading', { name: 'Sessions' }).waitFor()
      await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
      await page.getByText('You are logged out.').waitFor()
      // That somebody has logged in here is remembered, and opens nothing.
      expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['sallyport-known'])
      await page.goBack()
      await page.reload()
      await page.getByRole('button', { name: 'Log in', exact: true }).waitFor()
    })
  })

  describe('documents', () => {
    test('a reader reads them, and is told what editing would need', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await page.getByRole('link', { name: /Two lanterns/ }).click()
      await page.getByText('With two the inner door is opened.').waitFor()
      expect(await page.getByRole('button', { name: /Edit|Delete/ }).count()).toBe(0)
      await page.getByText('you would need the permission documents:write').waitFor()
      expect(await page.getByRole('link', { name: 'New document' }).count()).toBe(0)
      await page.goto(`${stage.url}/#documents/new`)
      await page.getByText('To write one you would need the permission documents:write.').waitFor()
      expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0)
      await page.goBack()
      await page.getByRole('link', { name: '← All documents' }).click()
      await page.getByRole('link', { name: /The sally port/ }).waitFor()
    })

    test('an editor changes one; markup stays text', async () => {
      const page = await stage.openAs(stage.user('editor'))
      await page.getByRole('link', { name: /The spare door/ }).click()
      await page.getByRole('button', { name: 'Edit' }).click()
      await page.getByLabel('Title').fill('<img src=x onerror=alert(1)>')
      await page.getByLabel('Text').fill('One.\n\n<script>alert(2)</script>')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor()
      expect(await said(page).textContent()).toBe('Saved.')
      await page.getByText('<script>alert(2)</script>').waitFor()
      await page.reload()
      await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor()
    })

    test('an editor writes a new one', async () => {
      const page = await stage.openAs(stage.user('editor'))
      await page.getByRole('link', { name: 'New document' }).click()
      await page.getByLabel('Title').fill('Minutes of the watch')
      await page.getByLabel('Text').fill('Nothing happened.')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Nothing happened.').waitFor()
      await goTo(page, 'Documents')
      await page.getByRole('link', { name: /Minutes of the watch/ }).waitFor()
    })

    test('an admin deletes one, after a question and, when the log-in is old, the password', async () => {
      const user = stage.user('admin')
      const page = await stage.openAs(user)
      await page.getByRole('link', { name: /What the wall is for/ }).click()
      const remove = page.getByRole('article').getByRole('button', { name: 'Delete' })
      const dialog = page.getByRole('dialog')
      await remove.click()
      await picture(page, 'delete')
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await remove.waitFor()
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Delete')

      letTimePass(stage.file, user.username, 16 * minute)
      await remove.click()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await dialog.getByRole('heading', { name: 'Please confirm that it is you' }).waitFor()
      await picture(page, 'step-up')
      await dialog.getByLabel('Your password', { exact: true }).fill('wrong')
      await dialog.getByRole('button', { name: 'Confirm' }).click()
      expect(await dialog.getByRole('alert').textContent()).toBe('The password is wrong.')
      await dialog.getByLabel('Your password', { exact: true }).fill(user.password)
      await dialog.getByRole('button', { name: 'Confirm' }).click()
      await page.getByRole('link', { name: /The sally port/ }).waitFor()
      expect(await said(page).textContent()).toBe('“What the wall is for” is deleted.')
      expect(await page.getByRole('link', { name: /What the wall is for/ }).count()).toBe(0)
    })

    test('who gives the step-up up has done nothing', async () => {
      const user = stage.user('admin')
      const page = await stage.openAs(user)
      letTimePass(stage.file, user.username, 16 * minute)
      await page.getByRole('link', { name: /After the siege/ }).click()
      await page.getByRole('article').getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByLabel('Your password', { exact: true }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(await said(page).textContent()).toBe('')
      await page.reload()
      await page.getByRole('heading', { name: 'After the siege' }).waitFor()
    })

    test('a link that works once', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await page.getByRole('link', { name: /On lending keys/ }).click()
      await page.getByRole('button', { name: 'Link that works once' }).click()
      const link = await page.getByLabel('Link', { exact: true }).inputValue()
      expect((await send(stage.url, 'GET', link)).json.title).toBe('On lending keys')
      expect((await send(stage.url, 'GET', link)).status).toBe(401)
    })
  })

  describe('API tokens', () => {
    async function makeToken(page: Page, name: string): Promise<string> {
      await page.getByLabel('Name').fill(name)
      await page.getByRole('button', { name: 'Create token' }).click()
      return page.getByLabel('Token', { exact: true }).inputValue()
    }
    const read = async (token: string) => (await send(stage.url, 'GET', `/api/v1/documents/1?token=${token}`)).status

    test('one is made, shown once, and copied; its curl line works as it is copied', async () => {
      const page = await stage.openAs(stage.user('reader'), { permissions: ['clipboard-read', 'clipboard-write'] })
      await goTo(page, 'API tokens')
      await page.getByText('You have no API tokens yet.').waitFor()
      const token = await makeToken(page, 'Nightly backup')
      await picture(page, 'token')
      const copied = () => page.evaluate(() => navigator.clipboard.readText())
      await page.getByRole('button', { name: 'Copy token' }).click()
      await page.getByText('Token copied.').waitFor()
      expect(await copied()).toBe(token)
      await page.getByRole('button', { name: 'Copy command' }).click()
      await page.getByText('Command copied.').waitFor()
      const { stdout } = await execute('sh', ['-c', await copied()])
      expect(JSON.parse(stdout)).toMatchObject({ id: '1', title: 'The sally port' })

      await page.getByRole('button', { name: 'I have copied it' }).click()
      await page.getByLabel('Token', { exact: true }).waitFor({ state: 'detached' })
      await page.reload()
      await page.getByRole('list', { name: 'Your API tokens' }).getByText('Nightly backup').waitFor()
      expect(await page.content()).not.toContain(token.split('.')[1])
    })

    test('scopes and a shorter life narrow it', async () => {
      const page = await stage.openAs(stage.user('editor'))
      await goTo(page, 'API tokens')
      await page.getByLabel('documents:write').uncheck()
      await page.getByLabel('Good for').selectOption('30 days')
      const token = await makeToken(page, 'Reader')
      await page.getByText('Only documents:read').waitFor()
      expect(await read(token)).toBe(200)
      const write = await send(stage.url, 'PUT', `/api/v1/documents/1?token=${token}`, { body: { title: 'x' } })
      expect([write.status, write.json.permission]).toEqual([403, 'documents:write'])
      const { apiToken } = (await send(stage.url, 'GET', `/auth/session?token=${token}`)).json
      expect(Date.parse(apiToken.expiresAt) - Date.now()).toBeLessThan(31 * 86_400_000)
    })

    test('the token that nobody has thought about neither administers nor lives for years; one that may do nothing is not made', async () => {
      const page = await stage.openAs(stage.user('admin'))
      await goTo(page, 'API tokens')
      for (const name of ['documents:read', 'documents:write', 'documents:delete'])
        await page.getByLabel(name).uncheck()
      await page.getByLabel('Name').fill('Robot')
      await page.getByRole('button', { name: 'Create token' }).click()
      await page.getByText('Tick what it may do, at least one thing.').waitFor()
      await page.getByLabel('documents:read').check()
      const token = await makeToken(page, 'Robot')
      const { apiToken } = (await send(stage.url, 'GET', `/auth/session?token=${token}`)).json
      expect(apiToken.scopes).toEqual(['documents:read'])
      expect(Date.parse(apiToken.expiresAt) - Date.now()).toBeLessThan(91 * 86_400_000)
    })

    test('rotation shows how long the old secret works, and both work until then', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await goTo(page, 'API tokens')
      const token = await makeToken(page, 'Robot')
      await page.getByRole('button', { name: 'Rotate Robot' }).click()
      await picture(page, 'rotate')
      await page.getByRole('dialog').getByLabel('The old secret works for').selectOption('one more hour')
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
      await page.getByText(/The old secret works until .*, so that you can move over/).waitFor()
      const rotated = await page.getByLabel('Token', { exact: true }).inputValue()
      expect([rotated === token, await read(token), await read(rotated)]).toEqual([false, 200, 200])
      await page.reload()
      const row = page.getByRole('listitem').filter({ hasText: 'Robot' })
      await row.getByText(/^The old secret works until/).waitFor()
      await picture(page, 'overlap')

      await page.getByRole('button', { name: 'Rotate Robot' }).click()
      await page.getByRole('dialog').getByLabel('The old secret works for').selectOption('not a moment longer')
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
      await page.getByText('The old secret has stopped working.').waitFor()
      const last = await page.getByLabel('Token', { exact: true }).inputValue()
      expect([await read(token), await read(rotated), await read(last)]).toEqual([401, 401, 200])
      expect(await row.getByText(/^The old secret works until/).count()).toBe(0)
    })

    test('revoking asks first, and is at once', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await goTo(page, 'API tokens')
      const token = await makeToken(page, 'Robot')
      await page.getByRole('button', { name: 'Revoke Robot' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
      expect(await read(token)).toBe(200)
      await page.getByRole('button', { name: 'Revoke Robot' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
      await page.getByText('You have no API tokens yet.').waitFor()
      expect(await read(token)).toBe(401)
    })

    test('an hour after the log-in the password is asked for, and then it is made', async () => {
      const user = stage.user('reader')
      const page = await stage.openAs(user)
      await goTo(page, 'API tokens')
      letTimePass(stage.file, user.username, 61 * minute)
      await page.getByLabel('Name').fill('Later')
      await page.getByRole('button', { name: 'Create token' }).click()
      await page.getByLabel('Your password', { exact: true }).fill(user.password)
      await page.keyboard.press('Enter')
      expect(await page.getByLabel('Token', { exact: true }).inputValue()).toMatch(/^sp_a_/)
    })
  })

  describe('sessions', () => {
    const rows = (page: Page) => page.getByRole('list', { name: 'Your sessions' }).getByRole('listitem')

    test('are seen, and one is ended: who sits there is asked to log in', async () => {
      const user = stage.user('reader')
      const [mine, other] = [await stage.openAs(user), await stage.openAs(user, { userAgent: 'Firefox/140 (Windows)' })]
      await goTo(mine, 'Sessions')
      await expect.poll(() => rows(mine).count()).toBe(2)
      expect(await rows(mine).first().textContent()).toMatch(/Chrome on Linux.*This one.*Log out/)
      await picture(mine, 'sessions')
      await rows(mine).filter({ hasText: 'Firefox on Windows' }).getByRole('button').click()
      await mine.getByText('The session is ended.').waitFor()
      await expect.poll(() => rows(mine).count()).toBe(1)
      await other.getByRole('link', { name: 'API tokens' }).click()
      await other.getByText('Your session has been ended. Please log in again.').waitFor()
      await picture(other, 'ended')
      await logIn(other, user)
    })

    test('all others are ended at once', async () => {
      const user = stage.user('reader')
      const pages = [await stage.openAs(user), await stage.openAs(user), await stage.openAs(user)]
      const [mine, ...others] = pages as [Page, ...Page[]]
      await goTo(mine, 'Sessions')
      await mine.getByRole('button', { name: 'End all others' }).click()
      await mine.getByRole('dialog').getByRole('button', { name: 'End all others' }).click()
      await mine.getByText('All other sessions are ended.').waitFor()
      await expect.poll(() => rows(mine).count()).toBe(1)
      expect(await mine.getByRole('button', { name: 'End all others' }).count()).toBe(0)
      for (const page of others) {
        await page.reload()
        await page.getByText('Your session has been ended.').waitFor()
      }
    })

    test('ending one’s own is logging out', async () => {
      const page = await stage.openAs(stage.user('reader'))
      await goTo(page, 'Sessions')
      await rows(page).getByRole('button', { name: 'Log out' }).click()
      await page.getByText('You are logged out.').waitFor()
    })
  })

  describe('the password', () => {
    async function change(page: Page, current: string, password: string): Promise<void> {
      await page.getByLabel('Present password', { exact: true }).fill(current)
      await page.getByLabel('New password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Change password' }).click()
    }
    const fresh = (user: User) => `a new word for ${user.username.length} doors`

    test('is changed; the reason is given when it is not', async () => {
      const user = stage.user('reader')
      const [page, other] = [await stage.openAs(user), await stage.openAs(user)]
      await goTo(page, 'Password')
      await change(page, user.password, 'short')
      expect(await alert(page).textContent()).toBe('The password is too short: it needs at least 15 characters.')
      await picture(page, 'password-refused')
      await change(page, user.password, 'password123password')
      await page.getByText(/^The password is too easy to guess/).waitFor()
      await change(page, 'not the present one', fresh(user))
      await page.getByText('The password is wrong.').waitFor()
      await change(page, user.password, fresh(user))
      await page.getByText('Your password is changed.').waitFor()
      await goTo(page, 'Documents')
      await other.reload()
      await other.getByText('Your session has been ended.').waitFor()
      await logIn(other, { ...user, password: fresh(user) })
    })

    test('API tokens end with it only when asked', async () => {
      const user = stage.user('reader')
      const page = await stage.openAs(user)
      await goTo(page, 'API tokens')
      await page.getByLabel('Name').fill('Robot')
      await page.getByRole('button', { name: 'Create token' }).click()
      const token = await page.getByLabel('Token', { exact: true }).inputValue()
      const read = async () => (await send(stage.url, 'GET', `/api/v1/documents/1?token=${token}`)).status
      await goTo(page, 'Password')
      await change(page, user.password, fresh(user))
      await page.getByText('Your password is changed.').waitFor()
      expect(await read()).toBe(200)
      await page.getByLabel('Revoke my API tokens, too').check()
      await change(page, fresh(user), `${fresh(user)} and one more`)
      await expect.poll(read).toBe(401)
    })
  })
})
