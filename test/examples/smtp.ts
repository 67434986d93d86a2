import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { vi } from 'vitest'

/** A letter, as it came. */
export interface Letter {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** A mail server of the test, which keeps what it is sent. */
export interface MailServer {
  /** What MAIL is to be. */
  readonly url: string
  readonly letters: readonly Letter[]
  /** The next letter that somebody gets whose text matches, read once. */
  next(pattern: RegExp): Promise<Letter>
  close(): Promise<void>
}

/** Starts one. With `user` nobody may write without their name and password. */
export async function startMailServer(user?: {
  readonly name: string
  readonly password: string
}): Promise<MailServer> {
  const letters: Letter[] = []
  const server = new SMTPServer({
    authOptional: user === undefined,
    disabledCommands: user === undefined ? ['STARTTLS'] : [],
    onAuth({ username, password }, _session, done) {
      const isRight = username === user?.name && password === user?.password
      done(isRight ? null : new Error('wrong'), isRight ? { user: username } : undefined)
    },
    async onData(stream, { envelope }, done) {
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
      letters.push({ from, to: envelope.rcptTo.map(({ address }) => address), text })
      done()
    },
  })
  server.on('error', () => {})
  server.listen(0, 'localhost')
  await once(server.server, 'listening')
  return {
    url: `smtp://localhost:${(server.server.address() as AddressInfo).port}`,
    letters,
    next: (pattern) =>
      vi.waitFor(
        () => {
          const index = letters.findIndex(({ text }) => pattern.test(text))
          const [letter] = index < 0 ? [] : letters.splice(index, 1)
          if (letter === undefined)
            throw new Error(`No letter has ${pattern}: ${letters.map(({ text }) => text).join()}`)
          return letter
        },
        { timeout: 5000, interval: 20 },
      ),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
