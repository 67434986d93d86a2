import { generateSync } from 'otplib/functional'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../examples/smtp.ts'
import { letTimePass } from '../examples/stored-time.ts'
import { goTo, logIn, picture, program, setStage } from './open-page.ts'

const ada = { username: 'ada', password: 'a brass engine counts', roles: ['admin'] }
const grace = { username: 'grace', password: 'a moth in the relay' }

const dialog = (page: Page) => page.getByRole('dialog')
const banner = (page: Page) => page.getByRole('banner')
const rows = (page: Page) => page.getByRole('list', { name: 'Your linked accounts' }).getByRole('listitem')

describe.skipIf(!program)('the demo and its local provider in Chromium', { timeout: 30_000 }, () => {
  let mail: MailServer
  const stage = setStage('express', async () => {
    mail = await startMailServer()
    return { USERS: '', MAIL: mail.url }
  })
  afterAll(() => mail?.close())

  /** Says at the provider who one is, and comes back. */
  async function sayAtProvider(page: Page, name: string) {
    await page.getByRole('heading', { name: 'Local provider' }).waitFor()
    expect(new URL(page.url()).origin).not.toBe(new URL(stage.url).origin)
    await page.getByRole('button', { name }).click()
    await page.getByRole('navigation').waitFor()
    expect(new URL(page.url()).origin).toBe(new URL(stage.url).origin)
  }

  async function logInAtProvider(page: Page, name: string) {
    await page.getByRole('button', { name: 'Log in with Local provider' }).click()
    await sayAtProvider(page, name)
  }

  test('a newcomer logs in without any account, and comes back as the same user', async () => {
    const page = await stage.open()
    await picture(page, 'demo')
    await page.getByRole('button', { name: 'Log in with Local provider' }).click()
    await page.getByRole('button', { name: 'Hedy Lamarr' }).waitFor()
    await picture(page, 'local-provider')
    await sayAtProvider(page, 'Hedy Lamarr')
    expect(await banner(page).textContent()).toContain('Hedy Lamarrreader')
    expect(new URL(page.url()).search).toBe('')
    await page.getByRole('link', { name: /The sally port/ }).waitFor()
    const id = () =>
      page.evaluate(async () => ((await (await fetch('/auth/session')).json()) as { user: { id: string } }).user.id)
    const first = await id()
    await goTo(page, 'Sessions')
    await page.getByText('by another provider').waitFor()
    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await logInAtProvider(page, 'Hedy Lamarr')
    expect(await id()).toBe(first)
    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await logInAtProvider(page, 'Claude Shannon')
    expect(await id()).not.toBe(first)
  })

  test('whoever gives up at the provider is told, and stands before the door', async () => {
    const page = await stage.open()
    await page.goto(`${stage.url}/auth/callback/local?error=access_denied&state=made-up`)
    await page.getByText('The code is wrong or has expired.').waitFor()
    expect(page.url()).toBe(`${stage.url}/`)
  })

  test('the last way in can’t be unlinked', async () => {
    const page = await stage.open()
    await logInAtProvider(page, 'Katherine Johnson')
    await goTo(page, 'Linked accounts')
    await page.getByRole('button', { name: 'Unlink Local provider' }).click()
    await dialog(page).getByRole('button', { name: 'Unlink' }).click()
    await page.getByText('This is your last way to log in.').waitFor()
    expect(await rows(page).count()).toBe(1)

    await page.getByRole('button', { name: 'Unlink Local provider' }).click()
    await dialog(page).waitFor()
    await page.goBack()
    await dialog(page).waitFor({ state: 'detached' })

    await goTo(page, 'Password')
    await page.getByText('You have logged in by another provider, and your password is there.').waitFor()
    expect(await page.getByRole('button', { name: 'Change password' }).count()).toBe(0)
  })

  test('an account is linked, logged in with, and unlinked; one that somebody has is refused', async () => {
    const page = await stage.openAs(ada)
    await goTo(page, 'Linked accounts')
    await page.getByText('You have linked none.').waitFor()
    await page.getByRole('button', { name: 'Link Local provider' }).click()
    await sayAtProvider(page, 'Katherine Johnson')
    await page.getByText('Somebody else').waitFor()
    expect(await rows(page).count()).toBe(0)

    await page.getByRole('button', { name: 'Link Local provider' }).click()
    await sayAtProvider(page, 'Grace Murray')
    await page.getByText('The account is linked.').waitFor()
    expect(await rows(page).textContent()).toMatch(/^Local provider.*linked/)
    await picture(page, 'linked')
    expect(new URL(page.url()).search).toBe('')

    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await logInAtProvider(page, 'Grace Murray')
    expect(await banner(page).textContent()).toContain('adaadmin')

    await goTo(page, 'Linked accounts')
    await page.getByRole('button', { name: 'Unlink Local provider' }).click()
    await dialog(page).getByRole('button', { name: 'Unlink' }).click()
    await page.getByText('The account is unlinked.').waitFor()
    await page.getByText('You have linked none.').waitFor()
  })

  test('codes by e-mail: enrolled at the address that the provider has proven, and asked for at the second door', async () => {
    const page = await stage.open()
    await logInAtProvider(page, 'Hedy Lamarr')
    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Add Codes by e-mail' }).click()
    const code = async (subject: RegExp) => {
      const { to, text } = await mail.next(subject)
      expect(to).toEqual(['hedy@example.org'])
      return /^\d{6}$/m.exec(text)?.[0] ?? ''
    }
    await dialog(page).getByText('hedy@example.org').waitFor()
    await dialog(page)
      .getByLabel('Code', { exact: true })
      .fill(await code(/to have codes sent here/))
    await dialog(page).getByRole('button', { name: 'Add' }).click()
    await page.getByText('“Code by e-mail” is added.').waitFor()
    expect((await mail.next(/A second step was added/)).to).toEqual(['hedy@example.org'])

    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in with Local provider' }).click()
    await page.getByRole('button', { name: 'Hedy Lamarr' }).click()
    await page.getByRole('heading', { name: 'Two-step verification' }).waitFor()
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByLabel('Code', { exact: true }).fill(await code(/Your code to log in/))
    await picture(page, 'email-code')
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByRole('navigation').waitFor()
    await goTo(page, 'Two-step verification')
    await page.getByRole('button', { name: 'Remove Code by e-mail' }).click()
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Nothing is set up yet').waitFor()
  })

  test('ASVS 7.5.3: a step-up at the provider: the right person goes on, another one does not', async () => {
    const page = await stage.open()
    await logInAtProvider(page, 'Claude Shannon')
    letTimePass(stage.file, 'local:claude', 61 * 60_000)
    const confirmAtProvider = async (name: string) => {
      await goTo(page, 'API tokens')
      await page.getByLabel('Name').fill('For a program')
      await page.getByRole('button', { name: 'Create token' }).click()
      await dialog(page).getByRole('heading', { name: 'Please confirm that it is you' }).waitFor()
      expect(await dialog(page).getByLabel('Your password', { exact: true }).count()).toBe(0)
      await dialog(page).getByText('Local provider asks you to log in.').waitFor()
      await dialog(page).getByRole('button', { name: 'Confirm' }).click()
      await sayAtProvider(page, name)
    }
    await confirmAtProvider('Hedy Lamarr')
    await page.getByText('The other service did not log you in.').waitFor()
    expect(await banner(page).textContent()).toContain('Claude Shannon')

    await confirmAtProvider('Claude Shannon')
    await page.getByText('Thank you. Please do it once more now.').waitFor()
    expect(new URL(page.url()).hash).toBe('#api-tokens')
    await page.getByLabel('Name').fill('For a program')
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByLabel('Token', { exact: true }).waitFor()
  })

  test('ASVS 6.4.4: whoever must have a second factor gets a ticket by e-mail, sets one up, and is inside', async () => {
    const page = await stage.open()
    await logInAtProvider(page, 'Claude Shannon')
    const id = await page.evaluate(
      async () => ((await (await fetch('/auth/session')).json()) as { user: { id: string } }).user.id,
    )
    const admin = await stage.openAs(ada)
    const status = await admin.evaluate(async (user) => {
      const body = JSON.stringify({ mfa: 'required' })
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`/auth/admin/users/${user}`, { method: 'PATCH', headers, body })).status
    }, id)
    expect(status).toBe(200)

    await page.reload()
    await page.getByRole('heading', { name: 'Two-step verification' }).waitFor()
    await page.getByText('Your account needs a second step.').waitFor()
    await page.getByLabel('Ticket', { exact: true }).fill('made-up')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('This ticket is wrong, too old, or was used before.').waitFor()
    await page.getByRole('button', { name: 'Send me a ticket' }).click()
    await page.getByText('A ticket is on its way').waitFor()
    const { to, text } = await mail.next(/Your ticket to set up two-step verification/)
    expect(to).toEqual(['claude@example.org'])
    await picture(page, 'ticket')
    await page.getByLabel('Ticket', { exact: true }).fill(/^\w+_e_\S+$/m.exec(text.replaceAll('=\r\n', ''))?.[0] ?? '')
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('button', { name: 'Add Authenticator app' }).waitFor()
    await picture(page, 'enrolment')
    expect(await page.evaluate(async () => (await fetch('/api/v1/documents')).status)).toBe(401)
    await page.getByRole('button', { name: 'Add Authenticator app' }).click()
    await dialog(page).getByText('I can’t scan it').click()
    const secret = await dialog(page).getByLabel('Secret', { exact: true }).inputValue()
    await dialog(page).getByLabel('Code', { exact: true }).fill(generateSync({ secret }))
    await dialog(page).getByRole('button', { name: 'Add' }).click()
    await page.getByRole('navigation').waitFor()
    await goTo(page, 'Sessions')
    await page.getByText('by another provider and one-time code').waitFor()

    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in with Local provider' }).click()
    await page.getByRole('button', { name: 'Claude Shannon' }).click()
    await page.getByText('Confirm that it is you.').waitFor()
  })

  test('the demo’s users log in as they always did', async () => {
    const page = await stage.open()
    await logIn(page, grace)
    expect(await banner(page).textContent()).toContain('graceeditor')
  })
})

describe.skipIf(!program)('examples/saml in Chromium', { timeout: 30_000 }, () => {
  const stage = setStage('saml')

  test('the provider’s answer comes by a form, and its groups are roles here', async () => {
    const page = await stage.open()
    expect(await (await fetch(stage.url)).text()).toMatch(/<noscript>(?!.*\/account)/s)
    await page.getByRole('button', { name: 'Log in with Acme' }).click()
    await page.getByRole('button', { name: 'Hedy Lamarr' }).click()
    await page.getByRole('navigation').waitFor()
    expect(await banner(page).textContent()).toContain('Hedy Lamarreditor')
    await page.getByRole('link', { name: /The sally port/ }).waitFor()
    await page.reload()
    await page.getByRole('navigation').waitFor()
    await banner(page).getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in with Acme' }).click()
    await page.getByRole('button', { name: 'Katherine Johnson' }).click()
    await page.getByRole('navigation').waitFor()
    expect(await banner(page).textContent()).toContain('Katherine Johnsonreader')
  })
})

describe.skipIf(!program)('examples/ldap in Chromium', { timeout: 30_000 }, () => {
  const stage = setStage('ldap')

  test('name and password of the directory open, and its groups are roles here', async () => {
    const page = await stage.open()
    await page.getByRole('button', { name: 'Log in with Staff directory' }).click()
    await dialog(page).getByLabel('User name').fill('hedy')
    await dialog(page).getByLabel('Password', { exact: true }).fill('wrong')
    await dialog(page).getByRole('button', { name: 'Log in' }).click()
    expect(await dialog(page).getByRole('alert').textContent()).toBe('The user name or the password is wrong.')
    await picture(page, 'directory')
    await dialog(page).getByLabel('Password', { exact: true }).fill('a piano roll hops')
    await dialog(page).getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('navigation').waitFor()
    expect(await banner(page).textContent()).toContain('Hedy Lamarr')
    expect(await banner(page).textContent()).toContain('editor')
    await page.getByRole('link', { name: /The sally port/ }).waitFor()
    await goTo(page, 'Password')
    await page.getByText('your password is there').waitFor()
  })
})
