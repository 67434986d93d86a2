import { setTimeout as sleep } from 'node:timers/promises'
import { generateSync } from 'otplib/functional'
import type { Page, Route } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { letTimePass } from '../examples/stored-time.ts'
import { addAuthenticator, goTo, logIn, picture, program, setStage, type User } from './open-page.ts'

const minute = 60_000
const stepS = 30

/** An authenticator application: it shows each code once, and waits for the next one when it must. */
function authenticator(secret: string) {
  let last = 0
  return async () => {
    // The window of one step lets the next code be used before its time.
    const step = Math.max(Math.floor(Date.now() / 1000 / stepS), last + 1)
    const early = (step - 1) * stepS * 1000 - Date.now()
    if (early > 0) await sleep(early)
    last = step
    return generateSync({ secret, epoch: step * stepS, period: stepS })
  }
}

describe.skipIf(!program)('second factors in Chromium', { timeout: 60_000 }, () => {
  const stage = setStage('express')
  const dialog = (page: Page) => page.getByRole('dialog')
  const rows = (page: Page) => page.getByRole('list', { name: 'Your steps' }).getByRole('listitem')

  async function enrolTotp(page: Page, name = 'Authenticator app') {
    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Add Authenticator app' }).click()
    await dialog(page).getByText('I can’t scan it').click()
    const nextCode = authenticator(await dialog(page).getByLabel('Secret', { exact: true }).inputValue())
    await dialog(page).getByLabel('Name').fill(name)
    await dialog(page)
      .getByLabel('Code', { exact: true })
      .fill(await nextCode())
    await dialog(page).getByRole('button', { name: 'Add' }).click()
    await page.getByText(`“${name}” is added.`).waitFor()
    return nextCode
  }

  async function enrolPasskey(page: Page, name: string) {
    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Add Passkey' }).click()
    await dialog(page).getByLabel('Name').fill(name)
    await dialog(page).getByRole('button', { name: 'Add' }).click()
    await page.getByText(`“${name}” is added.`).waitFor()
  }

  async function makeRecoveryCodes(page: Page) {
    await page.getByRole('button', { name: 'Add Recovery codes' }).click()
    const list = page.getByRole('list', { name: 'Recovery codes' })
    await list.waitFor()
    return list.getByRole('listitem').allTextContents()
  }

  /** Goes out, and through the first door again. */
  async function firstDoor(page: Page, { username, password }: User) {
    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('User name').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('heading', { name: 'Two-step verification' }).waitFor()
  }

  const unlock = (page: Page) => page.getByRole('button', { name: 'Unlock' })
  const inside = (page: Page) => page.getByRole('navigation').waitFor()

  test('an authenticator app is enrolled by its QR code, asked for, and removed', async () => {
    const user = stage.user('reader')
    const page = await stage.openAs(user)
    await goTo(page, 'Two-step verification')
    await page.getByText('Nothing is set up yet').waitFor()
    expect(await page.getByRole('button', { name: 'Add Recovery codes' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Add Authenticator app' }).click()
    const qr = dialog(page).getByRole('img', { name: 'QR code' })
    expect(
      await qr.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(100)
    await picture(page, 'totp')
    await dialog(page).getByLabel('Code', { exact: true }).fill('000000')
    await dialog(page).getByRole('button', { name: 'Add' }).click()
    expect(await dialog(page).getByRole('alert').textContent()).toBe('The code is wrong or has expired.')
    await page.keyboard.press('Escape')
    const nextCode = await enrolTotp(page, 'Telephone')
    await rows(page).first().waitFor()
    expect(await rows(page).allTextContents()).toEqual([expect.stringMatching(/^TelephoneAuthenticator app · added /)])

    await firstDoor(page, user)
    await picture(page, 'second-door')
    expect(await page.evaluate(async () => (await fetch('/api/v1/documents')).status)).toBe(401)
    await page.reload()
    await page.getByLabel('Code', { exact: true }).fill('000000')
    await unlock(page).click()
    expect(await page.getByRole('alert').textContent()).toBe('The code is wrong or has expired.')
    await page.getByLabel('Code', { exact: true }).fill(await nextCode())
    await unlock(page).click()
    await inside(page)
    await goTo(page, 'Sessions')
    await page.getByText('by password and one-time code').waitFor()

    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Remove Telephone' }).click()
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('“Telephone” is removed.').waitFor()
    await page.getByText('Nothing is set up yet').waitFor()
    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
    await logIn(page, user)
  })

  test('recovery codes are shown once, copied and printed, and each opens once', async () => {
    const user = stage.user('reader')
    const page = await stage.openAs(user, { permissions: ['clipboard-read', 'clipboard-write'] })
    await enrolTotp(page)
    const codes = await makeRecoveryCodes(page)
    expect([codes.length, new Set(codes).size]).toEqual([10, 10])
    await picture(page, 'recovery-codes')
    await page.getByRole('button', { name: 'Copy codes' }).click()
    await page.getByText('Recovery codes copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${codes.join('\n')}\n`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation').count()).toBe(0)
    await page.getByText(codes[9] ?? '').waitFor()
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'I have them' }).click()
    await page.getByRole('list', { name: 'Recovery codes' }).waitFor({ state: 'detached' })
    await page.getByText('10 of 10 codes are left').waitFor()
    expect(await page.content()).not.toContain(codes[0])

    const [first = ''] = codes
    for (const isRight of [true, false]) {
      await firstDoor(page, user)
      await page.getByRole('button', { name: 'Recovery code' }).click()
      await page.getByLabel('Recovery code', { exact: true }).fill(first.toUpperCase().replaceAll('-', ' '))
      await unlock(page).click()
      if (!isRight) break
      await inside(page)
      await goTo(page, 'Two-step verification')
      await page.getByText('9 of 10 codes are left').waitFor()
    }
    expect(await page.getByRole('alert').textContent()).toBe('The code is wrong or has expired.')
    await page.getByRole('button', { name: 'Log in as somebody else' }).click()
    await page.getByText('You are logged out.').waitFor()
    // That somebody has logged in here is remembered, and opens nothing.
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['sallyport-known'])
  })

  test('a passkey is registered, opens the second door, and opens both without a password', async () => {
    const user = stage.user('reader')
    const page = await stage.openAs(user)
    await addAuthenticator(page)
    await enrolPasskey(page, 'This laptop')
    await picture(page, 'passkey')

    await firstDoor(page, user)
    await page.getByText('Your browser asks for your passkey.').waitFor()
    await unlock(page).click()
    await inside(page)

    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in with a passkey' }).click()
    await inside(page)
    expect(await page.getByRole('banner').textContent()).toContain(user.username)
    await goTo(page, 'Sessions')
    await page.getByText(/by passkey ·/).waitFor()

    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Remove This laptop' }).click()
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Nothing is set up yet').waitFor()
    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in with a passkey' }).click()
    await page.getByText('This passkey opens no account here.').waitFor()
  })

  test('a passkey that the browser does not have is told, and there are other ways', async () => {
    const user = stage.user('reader')
    const page = await stage.openAs(user)
    await addAuthenticator(page)
    const nextCode = await enrolTotp(page)
    await enrolPasskey(page, 'This laptop')
    const elsewhere = await stage.open()
    await elsewhere.getByLabel('User name').fill(user.username)
    await elsewhere.getByLabel('Password', { exact: true }).fill(user.password)
    await elsewhere.getByRole('button', { name: 'Log in', exact: true }).click()
    await elsewhere.getByRole('heading', { name: 'Two-step verification' }).waitFor()
    await elsewhere.evaluate(() => {
      navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    })
    if ((await elsewhere.getByText('Your browser asks for your passkey.').count()) === 0) {
      await elsewhere.getByRole('button', { name: 'Passkey' }).click()
    }
    await unlock(elsewhere).click()
    await elsewhere.getByText('No passkey was used. Try again, or choose another way.').waitFor()
    await picture(elsewhere, 'no-passkey')
    await elsewhere.getByRole('button', { name: 'Authenticator app' }).click()
    await elsewhere.getByLabel('Code', { exact: true }).fill(await nextCode())
    await unlock(elsewhere).click()
    await inside(elsewhere)
  })

  test('a passkey is offered where the user name is typed, and opens without a word', async () => {
    const user = stage.user('reader')
    const page = await stage.openAs(user)
    const authenticator = await addAuthenticator(page, { offers: true })
    await enrolPasskey(page, 'This laptop')
    const asked = page.waitForResponse((response) => response.url().endsWith('/auth/login/passkey/options'))
    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
    expect((await asked).status()).toBe(200)
    await inside(page)
    expect(await page.getByRole('banner').textContent()).toContain(user.username)

    // The offer does not stand in the way of the button, nor of the password.
    await authenticator.attend(false)
    for (const enter of [
      async () => {
        // Somebody is there before the question: the authenticator looks once, and whoever comes later is not seen.
        const attended = async (route: Route) => {
          await authenticator.attend(true)
          await route.continue()
        }
        await page.route('**/auth/login/passkey/options', attended, { times: 1 })
        await page.getByRole('button', { name: 'Log in with a passkey' }).click()
      },
      async () => {
        await page.getByLabel('User name').fill(user.username)
        await page.getByLabel('Password', { exact: true }).fill(user.password)
        await page.getByRole('button', { name: 'Log in', exact: true }).click()
        await page.getByRole('heading', { name: 'Two-step verification' }).waitFor()
        await authenticator.attend(true)
        await unlock(page).click()
      },
    ]) {
      const offered = page.waitForResponse((response) => response.url().endsWith('/auth/login/passkey/options'))
      await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click()
      await offered
      expect(await page.getByLabel('User name').getAttribute('autocomplete')).toBe('username webauthn')
      await enter()
      await inside(page)
      await authenticator.attend(false)
    }
  })

  describe('step-up', () => {
    async function askToDelete(page: Page, user: User, title: RegExp) {
      letTimePass(stage.file, user.username, 16 * minute)
      await goTo(page, 'Documents')
      await page.getByRole('link', { name: title }).click()
      await page.getByRole('article').getByRole('button', { name: 'Delete' }).click()
      await dialog(page).getByRole('button', { name: 'Delete' }).click()
      await dialog(page).getByRole('heading', { name: 'Please confirm that it is you' }).waitFor()
    }
    const deleted = (page: Page) => page.getByText(/is deleted\.$/).waitFor()
    const confirmButton = (page: Page) => dialog(page).getByRole('button', { name: 'Confirm' })

    test('for a delete by the authenticator app or a passkey instead of the password', async () => {
      const user = stage.user('admin')
      const page = await stage.openAs(user)
      await addAuthenticator(page)
      const nextCode = await enrolTotp(page)
      await enrolPasskey(page, 'This laptop')
      await askToDelete(page, user, /After the siege/)
      await dialog(page).getByLabel('Your password', { exact: true }).waitFor()
      await picture(page, 'step-up-ways')
      await dialog(page).getByRole('button', { name: 'Passkey' }).click()
      await confirmButton(page).click()
      await deleted(page)

      await askToDelete(page, user, /Two lanterns/)
      await dialog(page).getByRole('button', { name: 'Authenticator app' }).click()
      await dialog(page)
        .getByLabel('Code', { exact: true })
        .fill(await nextCode())
      await confirmButton(page).click()
      await deleted(page)
    })

    test('ASVS 7.5.1: for a change of the factors the password alone is not offered', async () => {
      const user = stage.user('reader')
      const page = await stage.openAs(user)
      const nextCode = await enrolTotp(page)
      letTimePass(stage.file, user.username, 61 * minute)
      await page.getByRole('button', { name: 'Add Recovery codes' }).click()
      await dialog(page).getByRole('heading', { name: 'Please confirm that it is you' }).waitFor()
      expect(await dialog(page).getByLabel('Your password', { exact: true }).count()).toBe(0)
      expect(await dialog(page).getByRole('button', { name: 'Password' }).count()).toBe(0)
      await dialog(page)
        .getByLabel('Code', { exact: true })
        .fill(await nextCode())
      await confirmButton(page).click()
      await page.getByRole('list', { name: 'Recovery codes' }).waitFor()
    })
  })
})
