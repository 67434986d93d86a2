import type { Command } from '../command.ts'
import { misused } from '../failure.ts'
import { bring, bringNotes, bringOptions, type LeftBehind, type Person } from '../import/bring.ts'
import { readPeople } from '../import/people.ts'
import { placed, readTables, type Row, sourceNote, sourceText } from '../import/source.ts'
import { isTrue, namesOf, phcBase64, textOf } from '../import/values.ts'

export const importBetterAuth: Command = {
  name: 'import better-auth',
  summary: 'make users of those of better-auth, who log in with the password that they have',
  positionals: ['SOURCE'],
  options: {
    users: { type: 'string', value: 'TABLE', summary: 'the table of users: `user` if left out' },
    accounts: { type: 'string', value: 'TABLE', summary: 'the table of accounts: `account` if left out' },
    login: {
      type: 'string',
      value: 'COLUMN',
      choices: ['email', 'username'],
      summary: 'what they log in with: `email` if left out; a verified address will do in any case',
    },
    provider: {
      type: 'string',
      value: 'ID=ISSUER',
      multiple: true,
      summary:
        'brings identities at a provider along that has the same id here, as in google=https://accounts.google.com',
    },
    ...bringOptions,
  },
  notes: [sourceNote, ...bringNotes],
  async run(call) {
    const { args, terminal } = call
    const issuers = new Map(args.texts('provider').map(readProvider))
    const tables = [args.text('users') ?? 'user', args.text('accounts') ?? 'account'] as const
    const source = sourceText(args.positional('SOURCE'), terminal.cwd)
    const [users = [], accounts = []] = await readTables(source, terminal.cwd, tables)
    const byUser = new Map<string | undefined, Row[]>()
    for (const account of accounts) {
      const id = textOf(account, 'userId', 'user_id')
      byUser.set(id, [...(byUser.get(id) ?? []), account])
    }
    const login = args.text('login') ?? 'email'
    const people = readPeople(
      placed(users, tables[0]),
      (user) => ({ id: textOf(user, 'id') ?? '', username: textOf(user, login) ?? textOf(user, 'email') ?? '' }),
      (user) => restOf(user, byUser.get(textOf(user, 'id')) ?? [], issuers),
    )
    return bring(call, people, strays(accounts, issuers))
  },
}

function readProvider(text: string): readonly [string, string] {
  const [, id, issuer] = /^([\w-]+)=(https?:\/\/\S+)$/.exec(text) ?? []
  if (id !== undefined && issuer !== undefined) return [id, issuer]
  throw misused(`--provider is ${JSON.stringify(text)}.`, 'write ID=ISSUER, as in google=https://accounts.google.com')
}

/** Accounts at providers that are not named. */
function strays(accounts: readonly Row[], issuers: ReadonlyMap<string, string>): LeftBehind {
  const counts: Record<string, number> = {}
  for (const account of accounts) {
    const provider = textOf(account, 'providerId', 'provider_id') ?? ''
    if (provider !== '' && provider !== 'credential' && !issuers.has(provider))
      counts[provider] = (counts[provider] ?? 0) + 1
  }
  return counts
}

function restOf(
  user: Row,
  accounts: readonly Row[],
  issuers: ReadonlyMap<string, string>,
): Omit<Person, 'id' | 'username'> {
  const email = textOf(user, 'email')
  const password = accounts.find((account) => textOf(account, 'providerId', 'provider_id') === 'credential')
  const hash = password && textOf(password, 'password')
  return {
    email,
    emailVerified: isTrue(user, 'emailVerified', 'email_verified'),
    displayName: textOf(user, 'name'),
    roles: namesOf(user, 'role'),
    passwordHash: hash === undefined ? undefined : phc(hash),
    isDisabled: isTrue(user, 'banned') && !hasEnded(textOf(user, 'banExpires', 'ban_expires')),
    hadSecondFactor: isTrue(user, 'twoFactorEnabled', 'two_factor_enabled'),
    identities: accounts.flatMap((account) => {
      const provider = textOf(account, 'providerId', 'provider_id') ?? ''
      const [issuer, subject] = [issuers.get(provider), textOf(account, 'accountId', 'account_id')]
      return issuer === undefined || subject === undefined ? [] : [{ provider, issuer, subject }]
    }),
  }
}

/** `salt:hash`, both as digits; the salt goes into scrypt as the text that it is. What is written otherwise stays. */
function phc(hash: string): string {
  const [, salt, tag] = /^([\da-f]{32}):([\da-f]{128})$/.exec(hash) ?? []
  if (salt === undefined || tag === undefined) return hash
  return `$scrypt-nfkc$ln=14,r=16,p=1$${phcBase64(Buffer.from(salt))}$${phcBase64(Buffer.from(tag, 'hex'))}`
}

function hasEnded(until: string | undefined): boolean {
  const at = until === undefined ? Number.NaN : Date.parse(until)
  return at <= Date.now()
}
