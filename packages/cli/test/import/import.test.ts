import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { createAuth } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { sqlStorage } from '@sallyport/storage-sql'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { serverUrl } from '../../../../scripts/servers/server-url.ts'
import { main } from '../../src/index.ts'
import { place, sqliteAuth, terminalOf, testSecret } from '../sallyport.ts'

const password = 'correct horse battery staple'
// With a letter that NFKC changes, as better-auth does before it hashes.
const unicode = 'ﬁne Ångström words for a password'

const [postgres, mariadb] = [await serverUrl('postgres'), await serverUrl('mysql')]

async function sendPostgres(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(postgres)
  await client.connect()
  for (const sql of statements) await client.query(sql)
  await client.end()
}

async function sendMysql(...statements: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection(mariadb ?? '')
  for (const sql of statements) await connection.query(sql)
  await connection.end()
}

const databases = [
  ...(postgres === undefined ? [] : [['PostgreSQL', postgres, sendPostgres] as const]),
  ...(mariadb === undefined ? [] : [['MariaDB', mariadb, sendMysql] as const]),
]

interface OldBetterAuth {
  signUp(user: object): Promise<{ readonly user: { readonly id: string } }>
  signIn(email: string, password: string): Promise<unknown>
  run(sql: string, ...values: readonly (string | number)[]): unknown
  close(): void
}

interface OldPassport {
  signUp(username: string, password: string, role?: string): Promise<Response>
  logIn(username: string, password: string): Promise<number>
  close(): Promise<void>
}

/** What the old applications are written in is what their users have: plain JavaScript. */
async function old<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(join(import.meta.dirname, name)).href)) as Module
}

/** A new application on Sallyport, in a folder of its own, and what its users have of it. */
async function fresh(settings = '') {
  const here = place({
    'auth.ts': `import { totp } from '@sallyport/core/totp'\n${sqliteAuth(`factors: [totp()],\n${settings}`)}`,
    '.env': `SALLYPORT_SECRET=${testSecret}\n`,
  })
  const database = new DatabaseSync(join(here.folder, 'app.sqlite'))
  const storage = sqlStorage(database)
  await storage.migrate()
  const ofServer = { origin: 'http://localhost:3000', secret: testSecret, storage, factors: [totp()] }
  const auth = createAuth(ofServer)
  onTestFinished(async () => {
    await auth.close()
    database.close()
  })
  const hashOf = (id: string) => {
    const row = database.prepare('select data from sallyport_users where id = ?').get(id)
    return (JSON.parse(String(row?.['data'])) as { password: { hash: string } }).password.hash
  }
  return { ...here, auth, ofServer, hashOf, old: join(here.folder, 'old.sqlite') }
}

describe('from better-auth', () => {
  test('whoever has a password there logs in with it here, and it becomes a hash of ours', async () => {
    const { auth, hashOf, old: file, run } = await fresh()
    const { oldBetterAuth } = await old<{ oldBetterAuth(file: string): Promise<OldBetterAuth> }>('old-better-auth.js')
    const before = await oldBetterAuth(file)
    const [ada, bob, cid, dan] = await Promise.all([
      before.signUp({ email: 'Ada@example.com', password, name: 'Ada', username: 'ada_l' }),
      before.signUp({ email: 'bob@example.com', password: unicode, name: 'Bob' }),
      before.signUp({ email: 'cid@example.com', password, name: 'Cid' }),
      before.signUp({ email: 'dan@example.com', password, name: 'Dan' }),
    ])
    before.run('update user set "emailVerified" = 1, role = ? where id = ?', 'editor,admin', ada.user.id)
    before.run('update user set banned = 1 where id = ?', cid.user.id)
    before.run('update user set "twoFactorEnabled" = 1 where id = ?', dan.user.id)
    before.run(
      `insert into account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt") values ('g', '1234', 'google', ?, 1, 1)`,
      ada.user.id,
    )
    await before.signIn('bob@example.com', unicode)
    before.close()

    const counted = await run('import better-auth old.sqlite --dry-run --json')
    expect(counted.json()).toEqual({
      people: 4,
      withPassword: 4,
      withSecondFactor: 1,
      failed: [],
      leftBehind: { google: 1 },
    })
    expect((await auth.users.list()).items).toEqual([])
    const line = 'import better-auth old.sqlite --provider google=https://accounts.google.com --json'
    const done = await run(line)
    expect(done.stderr).toBe('')
    expect(done.json()).toEqual({ created: 4, present: 0, failed: [], withSecondFactor: 1, leftBehind: {} })

    expect(await auth.users.find(ada.user.id)).toMatchObject({
      username: 'ada@example.com',
      displayName: 'Ada',
      emailVerified: true,
      roles: ['editor', 'admin'],
    })
    const [identity] = await auth.identities.list(ada.user.id)
    expect(identity).toMatchObject({ provider: 'google', issuer: 'https://accounts.google.com', subject: '1234' })
    for (const [username, known, id] of [
      ['ADA@example.com', password, ada.user.id],
      ['bob@example.com', unicode.normalize('NFD'), bob.user.id],
    ] as const) {
      expect(hashOf(id)).toMatch(/^\$scrypt-nfkc\$ln=14,r=16,p=1\$/)
      await expect(auth.logIn({ username, password: 'somebody else guesses' })).rejects.toMatchObject({
        code: 'invalid_credentials',
      })
      expect(await auth.logIn({ username, password: known })).toMatchObject({ status: 'unlocked', user: { id } })
      await vi.waitFor(() => expect(hashOf(id)).toMatch(/^\$argon2id\$/))
      expect(await auth.logIn({ username, password: known })).toMatchObject({ status: 'unlocked' })
    }
    // Who was shut out stays out; who had a second factor is not let in by the password alone.
    await expect(auth.logIn({ username: 'cid@example.com', password })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
    expect(await auth.logIn({ username: 'dan@example.com', password })).toMatchObject({ status: 'locked' })

    const again = await run(line)
    expect(again.json()).toEqual({ created: 0, present: 4, failed: [], withSecondFactor: 1, leftBehind: {} })
    expect(hashOf(ada.user.id)).toMatch(/^\$argon2id\$/)
  }, 30_000)

  test('second factors are not dropped in silence', async () => {
    const { old: file, write, run } = await fresh()
    const { oldBetterAuth } = await old<{ oldBetterAuth(file: string): Promise<OldBetterAuth> }>('old-better-auth.js')
    const before = await oldBetterAuth(file)
    await before.signUp({ email: 'ada@example.com', password, name: 'Ada' })
    before.run('update user set "twoFactorEnabled" = 1')
    before.close()
    write('auth.ts', sqliteAuth())
    const refused = await run('import better-auth old.sqlite')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('a password alone would let them in')])
    expect((await run('import better-auth old.sqlite --without-second-factors')).stdout).toBe(
      '1 brought along, 0 were here already, 0 left out.\n',
    )
  }, 30_000)

  test('whoever needs a ticket is told of, and whose accounts at a provider stay behind', async () => {
    const { old: file, write, run } = await fresh()
    const source = new DatabaseSync(file)
    source.exec(`create table user (id text, email text, "twoFactorEnabled" integer); insert into user values ('7', 'ada@example.com', 1);
      create table account ("providerId" text, "accountId" text, "userId" text);
      insert into account values ('google', '1', '7'), ('github', '2', '7'), ('github', '3', '7')`)
    source.close()
    const stray = 'left behind  accounts at github: 2, for lack of --provider github=ISSUER'
    const line = 'import better-auth old.sqlite --provider google=https://accounts.google.com'
    expect((await run(`${line} --dry-run`)).stdout).toBe(
      `1 people, 0 with a password, 1 with a second factor.\n${stray}\n`,
    )
    const { stdout } = await run(line)
    expect(stdout).toContain(stray)
    expect(stdout).toContain(
      "which can't be sent without `deliver`: each of them gets it of you, by `sallyport users issue-ticket",
    )
    write(
      'auth.ts',
      `import { totp } from '@sallyport/core/totp'\n${sqliteAuth('factors: [totp()], deliver: async () => {},')}`,
    )
    expect((await run(line)).stdout).toContain(
      'which is sent to a verified address when they ask for it; who has none gets it',
    )
  }, 30_000)
})

describe('from Passport', () => {
  test.each([
    ['bcrypt', ''],
    ['pbkdf2', '--salt salt --pbkdf2 sha256:310000'],
  ])(
    'whoever has a password under %s there logs in with it here',
    async (kind, options) => {
      const { auth, hashOf, old: file, run } = await fresh()
      const { oldPassport } = await old<{ oldPassport(file: string, kind: string): Promise<OldPassport> }>(
        'old-passport.js',
      )
      const before = await oldPassport(file, kind)
      await before.signUp('ada', password, 'editor,admin')
      await before.signUp('Bob', unicode)
      expect([await before.logIn('Bob', unicode), await before.logIn('Bob', password)]).toEqual([200, 401])
      await before.close()

      const line = `import passport old.sqlite --password hashed_password --roles role ${options} --json`
      const done = await run(line)
      expect(done.stderr).toBe('')
      expect(done.json()).toEqual({ created: 2, present: 0, failed: [], withSecondFactor: 0 })
      expect(await auth.users.find('1')).toMatchObject({ username: 'ada', roles: ['editor', 'admin'] })
      for (const [username, known, id] of [
        ['ada', password, '1'],
        ['bob', unicode, '2'],
      ] as const) {
        await expect(auth.logIn({ username, password: 'somebody else guesses' })).rejects.toMatchObject({
          code: 'invalid_credentials',
        })
        expect(await auth.logIn({ username, password: known })).toMatchObject({ status: 'unlocked', user: { id } })
        await vi.waitFor(() => expect(hashOf(id)).toMatch(/^\$argon2id\$/))
        expect(await auth.logIn({ username, password: known })).toMatchObject({ status: 'unlocked' })
      }
    },
    30_000,
  )

  test('from lines of JSON, with salts that are text; who can not come is named', async () => {
    const { auth, run, write } = await fresh()
    const salt = 'c0ffee00c0ffee00c0ffee00c0ffee00'
    const mongoose = pbkdf2Sync(password, salt, 25_000, 512, 'sha256').toString('hex')
    const lines = [
      { _id: { $oid: '65a1' }, username: 'ada', salt, hash: mongoose },
      { _id: { $oid: '65a2' }, username: 'ADA', salt, hash: mongoose },
      { _id: { $oid: '65a3' }, username: 'bob', salt: null, hash: 'md5 of something' },
      { _id: { $oid: '65a4' }, username: 'cid' },
    ]
    write('users.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))
    const done = await run('import passport users.jsonl --id _id --password hash --salt salt --pbkdf2 sha256:25000')
    expect(done.code).toBe(1)
    expect(done.stdout).toMatch(/^left out {2}(?:ada|ADA) \(65a[12]\): The user name is taken\.$/m)
    expect(done.stdout).toMatch(/^left out {2}bob \(65a3\): .*can not be read/m)
    expect(done.stdout).toMatch(/^2 brought along, 0 were here already, 2 left out\.$/m)
    expect(await auth.logIn({ username: 'ada', password })).toMatchObject({ status: 'unlocked' })
    await expect(auth.logIn({ username: 'cid', password })).rejects.toMatchObject({ code: 'invalid_credentials' })
  }, 30_000)

  test('whose roles are no names is left out and named by line, and the others come along', async () => {
    const { auth, run, write } = await fresh()
    const odd = ['[broken', [null, { a: 1 }], { a: 1 }, true, '[["admin"]]', [3.5]]
    const lines = [
      '{"id":1,"username":"ada","roles":["editor","admin"]}\n',
      ...odd.map((roles, i) => JSON.stringify({ id: 10 + i, username: `odd${i}`, roles })),
      '{"id":2,"username":"bob","roles":"[\\"editor\\"]"}',
      '{"id":3,"username":"cid","roles":7}',
      `{"id":"4\\nleft out","username":"${'d'.repeat(200)}\\n7 left out.","roles":false}`,
    ]
    write('users.jsonl', lines.join('\n'))
    const counted = await run('import passport users.jsonl --roles roles --dry-run')
    expect(counted.code).toBe(1)
    expect((await auth.users.list()).items).toEqual([])
    const done = await run('import passport users.jsonl --roles roles')
    expect(done.code).toBe(1)
    for (const { stdout } of [counted, done]) {
      expect(stdout).toMatch(
        /^left out {2}odd0 \(10\): line 3: roles is '\[broken', .*: write names between commas, or an array of texts$/m,
      )
      expect(stdout).toMatch(/^left out {2}odd1 \(11\): line 4: roles is \[ null, \{ a: 1 \} \], /m)
      expect(stdout).toMatch(/^left out {2}odd4 \(14\): line 7: /m)
      expect(stdout).toMatch(/^left out {2}d{128}… \(4\?left out\): line 11: /m)
      expect(stdout.split('\n')).toHaveLength(8)
    }
    expect(done.stdout).toMatch(/^4 brought along, 0 were here already, 6 left out\.$/m)
    expect([await auth.users.find('1'), await auth.users.find('2'), await auth.users.find('3')]).toMatchObject([
      { roles: ['editor', 'admin'] },
      { roles: ['editor'] },
      { roles: ['7'] },
    ])
  }, 30_000)

  test.each(['null', '[]', '"ada"', '7', '{"id":'])(
    'a line that is %s stops it before anything is written',
    async (odd) => {
      const { auth, run, write } = await fresh()
      write('users.jsonl', `{"id":1,"username":"ada"}\n\n${odd}\n`)
      const { code, stderr } = await run('import passport users.jsonl')
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/Line 3 of .* is no JSON object\.\n {2}mend: write one object/),
      ])
      expect((await auth.users.list()).items).toEqual([])
    },
  )

  test('the users of the application stay its own, and their passwords come along', async () => {
    const { ofServer, run, write } = await fresh(
      `users: {
        find: async (id) => (id === '7' ? { id, username: 'ada', roles: [] } : undefined),
        findByLogin: async (name) => (name === 'ada' ? { id: '7', username: 'ada', roles: [] } : undefined),
      },`,
    )
    const hash = `c0ffee00c0ffee00:${scryptSync(password, 'c0ffee00c0ffee00', 64).toString('hex')}`
    const lines = ['7', '8'].map((id) => JSON.stringify({ id, username: `name ${id}`, password: hash }))
    write('users.jsonl', lines.join('\n'))
    const line = 'import passport users.jsonl --scrypt 16384:8:1 --json'
    const failed = [{ id: '8', username: 'name 8', problem: expect.stringContaining('There is no such user') }]
    const [first, second] = [await run(line), await run(line)]
    expect(first.json()).toEqual({ created: 1, present: 0, failed, withSecondFactor: 0 })
    expect(second.json()).toEqual({ created: 0, present: 1, failed, withSecondFactor: 0 })
    const find = async () => ({ id: '7', username: 'ada', roles: [] })
    const own = createAuth({ ...ofServer, users: { find, findByLogin: find } })
    expect(await own.logIn({ username: 'ada', password })).toMatchObject({ status: 'unlocked', user: { id: '7' } })
    await own.close()
  })

  test("scrypt with Node's own parameters, the salt in front", async () => {
    const { auth, run, write } = await fresh()
    const salt = 'c0ffee00c0ffee00c0ffee00c0ffee00'
    const hash = `${salt}:${scryptSync(password, salt, 64).toString('hex')}`
    write('users.jsonl', JSON.stringify({ id: 7, username: 'ada', password: hash }))
    expect((await run('import passport users.jsonl --scrypt 16384:8:1')).code).toBe(0)
    expect(await auth.logIn({ username: 'ada', password })).toMatchObject({ status: 'unlocked', user: { id: '7' } })
  })

  test.each(databases)('from a table on %s', async (_, url, send) => {
    const { auth, run } = await fresh()
    const table = `cli_people_${process.pid}`
    const salt = 'c0ffee00c0ffee00'
    const hash = pbkdf2Sync(password, salt, 1000, 32, 'sha512').toString('base64')
    await send(
      `create table ${table} (id int primary key, mail varchar(99), proven boolean, hash text, salt text, gone boolean)`,
      `insert into ${table} values (7, 'Ada@example.com', true, '${hash}', '${salt}', false)`,
      `insert into ${table} values (8, 'bob@example.com', false, '${hash}', '${salt}', true)`,
    )
    onTestFinished(() => send(`drop table ${table}`))
    const columns = '--username mail --email mail --email-verified proven --password hash --salt salt --disabled gone'
    // Arguments are there for everybody on the machine to read; the variables of a process are not.
    const line = `import passport env:OLD_URL --table ${table} ${columns} --pbkdf2 sha512:1000`
    const done = await run(line, { env: { OLD_URL: url } })
    expect([done.stderr, done.stdout]).toEqual(['', '2 brought along, 0 were here already, 0 left out.\n'])
    expect(await auth.logIn({ username: 'ada@example.com', password })).toMatchObject({ user: { emailVerified: true } })
    await expect(auth.logIn({ username: 'bob@example.com', password })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })

  test('the address of a source is in a variable, also of .env', async () => {
    const { run, write } = await fresh()
    write('users.jsonl', '{"id":1,"username":"ada"}')
    write('.env', `SALLYPORT_SECRET=${testSecret}\nOLD_USERS=users.jsonl\n`)
    expect((await run('import passport env:OLD_USERS --dry-run')).stdout).toMatch(/^1 people/)
    const none = await run('import better-auth env:OLD_URL --dry-run', { env: { OLD_URL: '' } })
    expect([none.code, none.stderr]).toEqual([
      1,
      'error: There is nothing in OLD_URL.\n  mend: set it, here or in .env, to what SOURCE would be\n',
    ])
    const unknown = await run('import passport env:OLD_URL', { env: { OLD_URL: 'postgress://ada:hush@localhost/app' } })
    expect(unknown.stderr).toMatch(
      /^error: SOURCE is the address of a database that is not known here\.\n {2}mend: name/,
    )
    expect(unknown.stderr).not.toContain('hush')
    for (const kind of ['better-auth', 'passport'])
      expect((await run(`import ${kind} --help`)).stdout).toMatch(/env:NAME .*password/)
  })

  test.each([
    ['--pbkdf2 md5:1', '--pbkdf2 is "md5:1".'],
    ['--scrypt 1000:8:1', '--scrypt is "1000:8:1".'],
    ['--pbkdf2 sha256:1 --scrypt 16384:8:1', 'It is --pbkdf2 or --scrypt.'],
  ])('%s is misused', async (options, message) => {
    const { terminal, texts } = terminalOf(place().folder)
    const code = await main(`import passport users.jsonl ${options}`.split(' '), terminal)
    const { stderr } = texts()
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

test.each([
  [
    'better-auth gone.sqlite',
    /^error: There is no .*gone\.sqlite\.\n {2}mend: name a SQLite file, or write the address/,
  ],
  ['passport gone.jsonl', /^error: There is no .*gone\.jsonl\.\n {2}mend: name/],
  ['passport text.txt', /^error: .*text\.txt can't be read: file is not a database\.\n {2}mend: name a SQLite file/],
  ['passport .', /^error: .* can't be read: [\w/ ]+\.\n {2}mend: name a SQLite file/],
  [
    'passport other.sqlite',
    /^error: .*other\.sqlite: no such table: users\.\n {2}mend: .*; there are: people, members\n/,
  ],
])('a source that is none is named: %s', async (source, says) => {
  const { folder, write } = place({ 'text.txt': 'a text, and no database, however long it goes on about it' })
  const other = new DatabaseSync(join(folder, 'other.sqlite'))
  other.exec('create table people (id text); create table members (id text)')
  other.close()
  write('auth.ts', sqliteAuth())
  const { terminal, texts } = terminalOf(folder)
  expect(await main(['import', ...source.split(' ')], terminal)).toBe(1)
  expect(texts().stderr).toMatch(says)
})
