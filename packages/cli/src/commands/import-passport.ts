import { resolve } from 'node:path'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { misused } from '../failure.ts'
import { bring, bringNotes, bringOptions, type Person } from '../import/bring.ts'
import { readPeople } from '../import/people.ts'
import { placed, type PlacedRow, readLines, readTables, type Row, sourceNote, sourceText } from '../import/source.ts'
import { bytesOf, isTrue, namesOf, phcBase64, textOf } from '../import/values.ts'

const column = (summary: string) => ({ type: 'string', value: 'COLUMN', summary }) as const

export const importPassport: Command = {
  name: 'import passport',
  summary: 'make users of the table behind a Passport strategy, who log in with the password that they have',
  positionals: ['SOURCE'],
  options: {
    table: { type: 'string', value: 'TABLE', summary: 'the table of users: `users` if left out' },
    id: column('what identifies a user: `id` if left out'),
    username: column('what they log in with: `username` if left out'),
    password: column('the hash of their password: `password` if left out'),
    email: column('their address'),
    'email-verified': column('whether it was proved to be theirs'),
    'display-name': column('what they are called'),
    roles: column('their roles, between commas or as JSON'),
    disabled: column('whether they may not come in'),
    salt: column('the salt, where it is apart from the hash'),
    'salt-is': {
      type: 'string',
      value: 'HOW',
      choices: ['text', 'hex', 'base64'],
      summary: 'how a salt that is text went into the hash: `text` if left out, as it stands',
    },
    pbkdf2: { type: 'string', value: 'DIGEST:N', summary: 'how it was hashed, as in sha256:310000' },
    scrypt: { type: 'string', value: 'N:R:P', summary: "how it was hashed, as in 16384:8:1, which are Node's own" },
    ...bringOptions,
  },
  notes: [
    sourceNote,
    'A file that ends in .jsonl has one object on each line, as `mongoexport` writes it; its columns are its members.',
    'Hashes that say themselves what they are (bcrypt, argon2, PHC) need neither --salt nor --pbkdf2 nor --scrypt.',
    ...bringNotes,
  ],
  async run(call) {
    const { args, terminal } = call
    const hashOf = hashReader(args)
    const rows = await read(args, terminal.cwd)
    const [id, username] = [args.text('id') ?? 'id', args.text('username') ?? 'username']
    const who = (row: Row) => ({ id: textOf(row, id) ?? '', username: textOf(row, username) ?? '' })
    return bring(
      call,
      readPeople(rows, who, (row) => restOf(row, args, hashOf)),
    )
  },
}

async function read(args: Arguments, cwd: string): Promise<readonly PlacedRow[]> {
  const text = sourceText(args.positional('SOURCE'), cwd)
  if (text.endsWith('.jsonl')) return readLines(resolve(cwd, text))
  const table = args.text('table') ?? 'users'
  const [rows = []] = await readTables(text, cwd, [table])
  return placed(rows, table)
}

function restOf(row: Row, args: Arguments, hashOf: (row: Row) => string | undefined): Omit<Person, 'id' | 'username'> {
  const named = (option: string) => {
    const name = args.text(option)
    return name === undefined ? undefined : textOf(row, name)
  }
  const says = (option: string) => {
    const name = args.text(option)
    return name !== undefined && isTrue(row, name)
  }
  return {
    email: named('email'),
    emailVerified: says('email-verified'),
    displayName: named('display-name'),
    roles: namesOf(row, args.text('roles')),
    passwordHash: hashOf(row),
    isDisabled: says('disabled'),
  }
}

/** How the hash of a row becomes one that says what it is. */
function hashReader(args: Arguments): (row: Row) => string | undefined {
  const head = headOf(args)
  const [hash, salt] = [args.text('password') ?? 'password', args.text('salt')]
  if (head === undefined) return (row) => textOf(row, hash)
  const how = args.text('salt-is') as 'base64' | 'hex' | 'text' | undefined
  const saltBytes = (value: unknown) =>
    value instanceof Uint8Array ? value : Buffer.from(String(value), how === undefined || how === 'text' ? 'utf8' : how)
  return (row) => {
    const text = textOf(row, hash)
    if (text === undefined) return undefined
    // Without a column of its own the salt stands in front: salt:hash.
    const [before, after] = salt === undefined ? text.split(':') : [row[salt], row[hash]]
    if (before === undefined || before === null || after === undefined) return text
    return `${head}$${phcBase64(saltBytes(before))}$${phcBase64(bytesOf(after))}`
  }
}

function headOf(args: Arguments): string | undefined {
  const [pbkdf2, scrypt] = [args.text('pbkdf2'), args.text('scrypt')]
  if (pbkdf2 !== undefined && scrypt !== undefined)
    throw misused('It is --pbkdf2 or --scrypt.', 'leave one of them out')
  if (pbkdf2 !== undefined) {
    const [, digest, iterations] = /^(sha1|sha256|sha512):(\d{1,8})$/.exec(pbkdf2) ?? []
    if (digest !== undefined && iterations !== undefined) return `$pbkdf2-${digest}$i=${iterations}`
    throw misused(`--pbkdf2 is ${JSON.stringify(pbkdf2)}.`, 'write it as in sha256:310000')
  }
  if (scrypt === undefined) return undefined
  const [cost = 0, r, p] = /^\d+:\d+:\d+$/.test(scrypt) ? scrypt.split(':').map(Number) : []
  const ln = Math.log2(cost)
  if (Number.isInteger(ln) && ln > 0) return `$scrypt$ln=${ln},r=${r},p=${p}`
  throw misused(`--scrypt is ${JSON.stringify(scrypt)}.`, 'write it as in 16384:8:1, where the first is a power of two')
}
