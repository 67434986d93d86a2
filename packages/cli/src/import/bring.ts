import type { Auth, NewUser } from '@sallyport/core'
import type { OptionSpec } from '../arguments.ts'
import type { Call } from '../command.ts'
import { describe, exitCodes, Failure } from '../failure.ts'
import { nameText } from '../output.ts'
import { authOf } from '../users.ts'

/** Somebody of another system, as they are to be here. */
export interface Person extends NewUser {
  readonly id: string
  readonly isDisabled?: boolean
  /** Whether they had a second factor there. Its secret does not come along. */
  readonly hadSecondFactor?: boolean
  readonly identities?: readonly { readonly provider: string; readonly issuer: string; readonly subject: string }[]
}

/** Somebody who does not come along, and why. */
export interface LeftOut {
  readonly id: string
  readonly username: string
  readonly problem: string
}

/** Those whose rows can be read, and those whose can't. */
export interface People {
  readonly people: readonly Person[]
  readonly leftOut: readonly LeftOut[]
}

/** What every import can be told. */
export const bringOptions: Readonly<Record<string, OptionSpec>> = {
  'dry-run': { type: 'boolean', summary: 'count what there is, and write nothing' },
  'without-second-factors': {
    type: 'boolean',
    summary: 'let in whoever had a second factor there without one, until they set one up here',
  },
}

/** What every import has to say besides. */
export const bringNotes: readonly string[] = [
  'Ids stay as they are, hashes are replaced by the first log-in, and whoever is here already is left as they are: it may be said again.',
]

const atOnce = 16

/** How many identities at each provider do not come along. */
export type LeftBehind = Readonly<Record<string, number>>

/** Makes users of people, and says what became of each. Resolves to the exit code. */
export async function bring(call: Call, { people, leftOut }: People, leftBehind?: LeftBehind): Promise<number> {
  const { args, out } = call
  const sayLeftBehind = () => {
    for (const [provider, count] of Object.entries(leftBehind ?? {}))
      out.line(`left behind  accounts at ${provider}: ${count}, for lack of --provider ${provider}=ISSUER`)
  }
  const sayLeftOut = (failed: readonly LeftOut[]) => {
    for (const { id, username, problem } of failed)
      out.line(`left out  ${nameText(username)} (${nameText(id)}): ${problem}`)
  }
  const auth = await authOf(call)
  const guarded = people.filter(({ hadSecondFactor }) => hadSecondFactor).length
  const isGuarding = guarded > 0 && !args.has('without-second-factors')
  if (isGuarding && auth.features.factors.length === 0) {
    throw new Failure(
      `${guarded} of them have a second factor there, and there is none here: a password alone would let them in.`,
      'set `factors` in createAuth, or say --without-second-factors',
    )
  }
  const noted = { people: people.length, withPassword: people.filter((one) => one.passwordHash !== undefined).length }
  if (args.has('dry-run')) {
    out.line(`${noted.people} people, ${noted.withPassword} with a password, ${guarded} with a second factor.`)
    sayLeftOut(leftOut)
    sayLeftBehind()
    out.document({ ...noted, failed: leftOut, withSecondFactor: guarded, leftBehind })
    return leftOut.length === 0 ? exitCodes.ok : exitCodes.failed
  }

  const counts = { created: 0, present: 0 }
  const failed = [...leftOut]
  for (let from = 0; from < people.length; from += atOnce) {
    const batch = people.slice(from, from + atOnce)
    await Promise.all(
      batch.map(async (person) => {
        try {
          counts[await one(auth, person, isGuarding)]++
        } catch (error) {
          const { message, code } = describe(error)
          // The whole of it has failed, and not this one.
          if (code === undefined || code === 'unavailable' || code === 'invalid_setting') throw error
          failed.push({ id: person.id, username: person.username, problem: message })
        }
      }),
    )
    out.progress(`${Math.min(from + atOnce, people.length)} of ${people.length}`)
  }
  sayLeftOut(failed)
  out.line(`${counts.created} brought along, ${counts.present} were here already, ${failed.length} left out.`)
  sayLeftBehind()
  if (isGuarding) {
    const sent = auth.features.messages
      ? 'which is sent to a verified address when they ask for it; who has none'
      : "which can't be sent without `deliver`: each of them"
    out.line(
      `${guarded} had a second factor: they have to enrol one anew when they log in. It takes a ticket, ${sent} gets it of you, ` +
        'by `sallyport users issue-ticket USER`.',
    )
  }
  out.document({ ...counts, failed, withSecondFactor: guarded, leftBehind })
  return failed.length === 0 ? exitCodes.ok : exitCodes.failed
}

async function one(auth: Auth, person: Person, isGuarding: boolean): Promise<'created' | 'present'> {
  if (!auth.features.builtInUsers) return adopt(auth, person, isGuarding)
  const { isDisabled, hadSecondFactor, identities = [], ...user } = person
  const isHere = (await auth.users.find(user.id)) !== undefined
  if (!isHere) await auth.users.create({ ...user, ...(isGuarding && hadSecondFactor && { mfa: 'required' }) })
  // For whoever is here too: the last time may have ended between the two.
  if (isDisabled) await auth.users.disable(user.id)
  if (!isHere) for (const identity of identities) await auth.identities.add(user.id, identity)
  return isHere ? 'present' : 'created'
}

/** Of the application's own users the passwords come along; who they are, their directory says. */
async function adopt(auth: Auth, person: Person, isGuarding: boolean): Promise<'created' | 'present'> {
  const { id, passwordHash, hadSecondFactor, identities = [] } = person
  if (isGuarding && hadSecondFactor) await auth.users.setMfa(id, 'required')
  if (passwordHash !== undefined) {
    try {
      await auth.passwords.adopt(id, passwordHash)
    } catch (error) {
      if (describe(error).code === 'conflict') return 'present'
      throw error
    }
  }
  for (const identity of identities) await auth.identities.add(id, identity)
  return 'created'
}
