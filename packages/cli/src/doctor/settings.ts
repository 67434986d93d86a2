import type { SettingsInForce } from '@sallyport/core'
import { type Finding, reporter } from './finding.ts'

const { ok, advice, warning, error } = reporter('settings')

/** Judges the settings that are in force: `createAuth` has refused already what can't be. */
export function lookAtSettings(settings: SettingsInForce): readonly Finding[] {
  const { origin, factors, mfa, secrets, transports } = settings
  const isLocal = origin.startsWith('http:')
  const rules: readonly (Finding | false)[] = [
    ok(`\`origin\` is ${origin}.`),
    isLocal &&
      process.env['NODE_ENV'] === 'production' &&
      error('`origin` is plain http under NODE_ENV=production.', 'give the public https address'),
    !settings.hasPermissions &&
      warning(
        '`permissions` is missing: nobody may do what needs a permission.',
        'permissions: (user) => rights of their roles',
      ),
    factors.length === 0 &&
      advice('There are no second factors: a stolen password is enough.', 'factors: [totp(), recoveryCodes()]'),
    factors.length > 0 &&
      !factors.includes('recovery-codes') &&
      advice('Whoever loses their second factor needs an administrator.', 'add recoveryCodes() to `factors`'),
    mfa === 'off' &&
      warning('`mfa` is "off": second factors that users have are not asked for.', 'leave it out, for "optional"'),
    settings.enrolWithFirstFactor &&
      warning(
        '`enrolWithFirstFactor` lets a thief of a password enrol a factor of their own.',
        'leave it out, and hand out tickets',
      ),
    settings.auditMs === undefined && advice('Events are not kept: nobody can say what happened.', 'audit: true'),
    !settings.sendsMessages &&
      advice(
        'No messages are sent: a forgotten password needs an administrator, and nobody is warned.',
        'give `deliver`',
      ),
    !settings.checksBreaches &&
      advice('New passwords are compared with a short list of common ones alone.', 'password: { breached: hibp() }'),
    secrets > 1 &&
      advice(
        `\`secret\` has ${secrets} values: it is being rotated.`,
        'drop the old ones when they are not needed any more',
      ),
    transports.query === true &&
      advice(
        `Sessions are read from \`?${transports.parameter}=\`: what stands in front of the server logs them.`,
        'query: "api-tokens-only" or false, where nobody needs them there',
      ),
    settings.ownUsers && ok('Users are the application’s own.'),
  ]
  return rules.filter((finding) => finding !== false)
}
