import { format, inspect } from 'node:util'

/** What no event, error or line of output may hold, by its form. */
const forms: Readonly<Record<string, RegExp>> = {
  'a token': /\b[a-z][a-z\d]{1,11}_[a-z]_[\w-]{22}\.[\w-]{40}/,
  'the hash of a password': /\$argon2(?:id|i|d)\$v=\d+\$m=|\$2[aby]\$\d\d\$[./\w]{53}/,
  'a signed JWT': /\bey[\w-]{10,}\.ey[\w-]{10,}\.[\w-]{10,}/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
  'a TOTP secret': /\b[A-Z2-7]{32}\b/,
  'a recovery code': /\b[2-9a-hjkmnp-z]{4}(?:-[2-9a-hjkmnp-z]{4}){3}\b/,
  'a password': /correct horse battery staple|seven green bottles hanging|a brass engine counts/,
  'the setting `secret`': /k7Jq2xV9mZ4tR8wY1pL6sD3fG5hB0nCvXaQeUiOo|a secret of the tests, of at least 32 bytes/,
}

const learned = new Set<string>()
const maxLearned = 500
const found: string[] = []

/** Remembers a password that was hashed or verified: from now on it is looked for too. */
export function learn(password: unknown): void {
  if (typeof password !== 'string' || password.length < 12 || new Set(password).size < 6) return
  if (learned.size < maxLearned) learned.add(password)
}

/** Which secrets stand in a text. */
export function secretsIn(text: string): readonly string[] {
  const byForm = Object.entries(forms).flatMap(([name, form]) => (form.test(text) ? [name] : []))
  return [
    ...byForm,
    ...[...learned].filter((password) => text.includes(password)).map(() => 'a password that was used'),
  ]
}

/** Looks through whatever somebody may log: an event, an error with what it holds, a line of output. */
export function watch(where: string, ...values: readonly unknown[]): void {
  const options = { depth: 6, maxStringLength: 20_000, maxArrayLength: 200, breakLength: Number.POSITIVE_INFINITY }
  const text = values.map((value) => (typeof value === 'string' ? value : inspect(value, options))).join(' ')
  for (const secret of secretsIn(text)) found.push(format('%s holds %s: %s', where, secret, text.slice(0, 500)))
}

/** What has been found since the last call. */
export function takeFound(): readonly string[] {
  return found.splice(0)
}
