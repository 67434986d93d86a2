import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { arrives, at, logIn, press, program, says, startBrowser, type Watched } from './browser.ts'
import { password } from './house.ts'
import { frameworks, type Running, start } from './servers.ts'

describe.skipIf(!program).each(frameworks)('the pages on %s, without JavaScript', (framework) => {
  let app: Running
  let watched: Watched

  beforeAll(async () => {
    ;[app, watched] = await Promise.all([start(framework), startBrowser()])
    for (const username of ['ada', 'grace']) {
      await app.auth.users.create({ username, password, email: `${username}@example.com`, emailVerified: true })
    }
  })

  afterAll(async () => {
    await watched.browser.close()
    app.close()
    watched.check()
  })

  const open = () => watched.open({ javaScriptEnabled: false, baseURL: app.origin })

  test('whoever wants a document is led to the log-in and back; a wrong password is said', async () => {
    const page = await open()
    await page.goto('/documents/7?page=2')
    expect(at(page)).toBe('/account/log-in?return=%2Fdocuments%2F7%3Fpage%3D2')
    await page.getByLabel('User name or e-mail').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill('it was not this one')
    await press(page, 'Log in')
    expect(await page.getByRole('alert').first().textContent()).toContain('That did not match')
    expect(await page.getByLabel('User name or e-mail').inputValue()).toBe('ada')
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press(page, 'Log in')
    await says(page, 'a document')
    expect(at(page)).toBe('/documents/7?page=2')
    await page.goto('/account/log-in')
    await arrives(page, '/account')
    await press(page, 'Log out')
    await says(page, 'You are logged out.')
    await page.goto('/account/sessions')
    await arrives(page, '/account/log-in?return=%2Faccount%2Fsessions')
  })

  test('a session is ended from another one, and all others at once', async () => {
    const [here, there, elsewhere] = await Promise.all([open(), open(), open()])
    for (const page of [here, there, elsewhere]) {
      await page.goto('/account/log-in')
      await logIn(page, 'grace')
      await arrives(page, '/account')
    }
    await press(here, 'Sessions and devices')
    expect(await here.getByRole('list', { name: 'Sessions and devices' }).getByRole('listitem').count()).toBe(3)
    await here
      .getByRole('button', { name: /^Log out Chrome/ })
      .first()
      .click()
    await says(here, 'That device is logged out.')
    expect(await here.getByRole('list', { name: 'Sessions and devices' }).getByRole('listitem').count()).toBe(2)
    await press(here, 'Log out everywhere else')
    await says(here, 'You are logged out everywhere else.')
    expect(await here.getByRole('list', { name: 'Sessions and devices' }).getByRole('listitem').count()).toBe(1)
    for (const page of [there, elsewhere]) {
      await page.goto('/account')
      await says(page, 'You have been logged out.')
    }
  })
})
