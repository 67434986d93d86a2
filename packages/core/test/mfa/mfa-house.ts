import type { FactorType, Locked, Message, Principal, Settings, Unlocked, User, UserDirectory } from '@sallyport/core'
import { expect } from 'vitest'
import { recoveryCodes } from '../../src/factors/recovery-codes.ts'
import { totp } from '../../src/factors/totp.ts'
import { stepAt, stepMs, totpCode } from '../../src/factors/totp-code.ts'
import { house, type House, origin } from '../auth-house.ts'
import { goodPassword, type TestClock } from '../house.ts'

/** An installation with second factors, and everything that it has sent. */
export interface MfaHouse extends House {
  readonly sent: Message[]
  /** The last message of a type. */
  last<Type extends Message['type']>(type: Type): Extract<Message, { type: Type }>
  /** The first door. */
  enter(username?: string, context?: object): Promise<Unlocked | Locked>
  /** The first door, where it leads to the second. */
  locked(username?: string): Promise<Locked>
  principal(result: Unlocked | Locked): Promise<Principal>
  /** Enrols an authenticator for ann by a session of hers, or by `who`. */
  enrolTotp(who?: Principal | string, name?: string): Promise<Authenticator>
  /** A request to one of the routes, with a token in the query. */
  send(method: string, path: string, body?: unknown, token?: string, cookies?: string): Promise<Answer>
}

/** What a person holds in the hand. */
export interface Authenticator {
  readonly id: string
  /** The code that it shows now; with `steps`, so many half minutes later. */
  code(steps?: number): string
  readonly result: Unlocked | Locked | undefined
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly cookies: readonly string[]
  readonly headers: Headers
}

/** Settings of an installation, with a clock that obeys the test. */
export type MfaSettings = Omit<Partial<Settings>, 'clock'> & { readonly clock?: TestClock }

export async function mfaHouse(settings: MfaSettings = {}): Promise<MfaHouse> {
  const sent: Message[] = []
  const base = await house({
    factors: [totp(), recoveryCodes()],
    deliver: (message) => void sent.push(message),
    ...settings,
  })
  const { auth } = base
  const clock = settings.clock ?? base.clock
  if (settings.users !== undefined) await auth.passwords.set(base.ann.id, goodPassword)

  async function enter(username = 'ann', context = {}): Promise<Unlocked | Locked> {
    return auth.logIn({ username, password: goodPassword }, context)
  }

  async function locked(username?: string): Promise<Locked> {
    const result = await enter(username)
    return result.status === 'locked' ? result : expect.fail('the second door stood open')
  }

  const principal = async ({ token }: Unlocked | Locked): Promise<Principal> => base.principalOf(token.reveal())

  return {
    ...base,
    clock,
    sent,
    enter,
    locked,
    principal,

    last(type) {
      const found = sent.findLast((message) => message.type === type)
      return (found ?? expect.fail(`no ${type} was sent`)) as never
    },

    async enrolTotp(who, name) {
      const enrolling = who ?? (await principal(await enter()))
      const { answer } = await auth.factors.beginEnrolment(enrolling, { factor: 'totp', name })
      const code = codeOf(String(answer['secret']), clock)
      const { enrolled, result } = await auth.factors.finishEnrolment(enrolling, { factor: 'totp', code: code() })
      return { id: enrolled?.id ?? expect.fail('nothing was enrolled'), code, result }
    },

    async send(method, path, body, token, cookies) {
      const target = token === undefined ? path : `${path}?token=${token}`
      const response = await auth.handle(
        new Request(`${origin}/auth${target}`, {
          method,
          headers: {
            ...(cookies !== undefined && { cookie: cookies, 'sec-fetch-site': 'same-origin' }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
        { address: '203.0.113.7' },
      )
      const text = (await response?.text()) ?? ''
      return {
        status: response?.status ?? 0,
        body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        cookies: response?.headers.getSetCookie() ?? [],
        headers: response?.headers ?? new Headers(),
      }
    },
  }
}

/** Codes of a secret by the clock of the test. */
export function codeOf(secret: string, clock: TestClock): (steps?: number) => string {
  const bytes = fromBase32(secret)
  return (steps = 0) => totpCode(bytes, stepAt(clock()) + steps)
}

/** Time enough for the authenticator to show another code. */
export function nextCode(clock: TestClock, authenticator: Authenticator): string {
  clock.advance(stepMs)
  return authenticator.code()
}

function fromBase32(text: string): Uint8Array {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

/** A factor that believes whoever says its word, for what no real factor is needed for. A stand-in. */
export function wordFactor(
  id: string,
  options: { readonly methods?: readonly string[]; readonly logIn?: boolean } = {},
): FactorType {
  const { methods = [id], logIn = false } = options
  return ({ credentials, now }) => {
    const mine = credentials<{ readonly word: string }>(id)
    return {
      id,
      methods,
      begin: async () => ({ asks: id }),
      async verify(subject, { code }) {
        const held = await mine.list(subject)
        return held.some(({ own }) => own.word === code) ? methods : undefined
      },
      enrolment: {
        paths: { begin: `/factors/${id}` },
        begin: async ({ user }, { code = '' }) => ({
          credential: { id: `${id}.${user.id}.${code}`, own: { word: code }, methods },
        }),
      },
      ...(logIn && {
        logIn: {
          paths: { begin: `/login/${id}/options`, finish: `/login/${id}` },
          begin: async () => ({ asks: id }),
          async finish({ code = '' }) {
            const found = await mine.find(code)
            return found && { userId: found.userId, methods, at: now(), epoch: found.epochs.session }
          },
        },
      }),
    }
  }
}

/** The public id in a token. */
export function idOf(token: string): string {
  return /^sp_._([\w-]{22})\./.exec(token)?.[1] ?? expect.fail('this is no token')
}

/** An application's own users: ann, who has proven her address, with a password that the test sets. */
export function verifiedAnn(): UserDirectory {
  const ann: User = { id: 'u1', username: 'ann', email: 'ann@example.com', emailVerified: true, roles: [] }
  return {
    find: async (id) => (id === ann.id ? ann : undefined),
    findByLogin: async (name) => (name === ann.username ? ann : undefined),
  }
}
