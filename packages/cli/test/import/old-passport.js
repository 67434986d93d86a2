import { pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { compare, hash } from 'bcryptjs'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-local'

/** Both ways to keep a password that applications on Passport have: bcrypt, and PBKDF2 as in the tutorial of Passport. */
const kinds = {
  bcrypt: {
    make: async (password) => [await hash(password, 4), null],
    check: (password, user) => compare(password, user.hashed_password),
  },
  pbkdf2: {
    make: async (password) => {
      const salt = randomBytes(16)
      return [pbkdf2Sync(password, salt, 310_000, 32, 'sha256'), salt]
    },
    check: async (password, { salt, hashed_password }) =>
      timingSafeEqual(pbkdf2Sync(password, salt, 310_000, 32, 'sha256'), hashed_password),
  },
}

/** An application on Express, Passport and express-session, with its own table in a SQLite file. */
export async function oldPassport(file, kind) {
  const { make, check } = kinds[kind]
  const database = new DatabaseSync(file)
  database.exec(
    'create table users (id integer primary key, username text unique, hashed_password blob, salt blob, role text, active integer)',
  )
  const find = database.prepare('select * from users where username = ?')
  const own = new passport.Passport()
  own.use(
    new Strategy(async (username, password, done) => {
      const user = find.get(username)
      done(null, user !== undefined && (await check(password, user)) ? user : false)
    }),
  )
  own.serializeUser((user, done) => done(null, user.username))
  own.deserializeUser((username, done) => done(null, find.get(username)))
  const app = express()
  app.use(express.urlencoded(), session({ secret: 'an old secret', resave: false, saveUninitialized: false }))
  app.use(own.authenticate('session'))
  app.post('/signup', async (req, res) => {
    const { username, password, role } = req.body
    const insert = database.prepare(
      'insert into users (username, hashed_password, salt, role, active) values (?, ?, ?, ?, 1)',
    )
    insert.run(username, ...(await make(password)), role)
    res.sendStatus(201)
  })
  app.post('/login', own.authenticate('local'), (req, res) => res.json({ username: req.user.username }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const post = (path, body) =>
    fetch(`http://127.0.0.1:${server.address().port}${path}`, { method: 'POST', body: new URLSearchParams(body) })
  return {
    signUp: (username, password, role = '') => post('/signup', { username, password, role }),
    logIn: async (username, password) => (await post('/login', { username, password })).status,
    async close() {
      server.close()
      server.closeAllConnections()
      database.close()
    },
  }
}
