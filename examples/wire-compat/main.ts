import { recoveryCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { type Differences, lineOf, runExample, tokenFrom } from '@sallyport/example-shared'
import { wireCompat } from './app.ts'

const differences: Differences = {
  settings: { factors: [totp(), recoveryCodes()] },
  ways(origin, users) {
    const commands = users.slice(0, 1).map(({ username: name, password }) => {
      const token = tokenFrom(`${origin}/login`, JSON.stringify({ name, password, returnToken: true }))
      return `  curl -s "${origin}/api/v1/documents/1?token=${token}"`
    })
    return ['Try it with', ...users.map(lineOf), '', ...commands]
  },
}

await runExample('the documented wire format', differences, ({ auth, documents }) => wireCompat(auth, documents))
