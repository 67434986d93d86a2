import { generateSecret, generateURI } from 'otplib/functional'
import { renderSVG } from 'uqr'
import type { Client } from '../client.ts'
import { AuthError, invalidSetting } from '../errors.ts'
import type { SealContext } from '../keys.ts'
import { randomText } from '../token.ts'
import type { Credential } from './credentials.ts'
import type { Enroller } from './factor.ts'
import type { FactorHost, FactorType } from './factor-host.ts'
import { matchStep } from './totp-code.ts'

/** How codes of authenticator applications are asked for. */
export interface TotpOptions {
  /** What the application calls us: the host of `origin` by default. */
  readonly issuer?: string
  /** Accepts the code of the present 30 seconds alone, where the one before and the one after would do as well. */
  readonly strict?: boolean
}

/** What is kept of an authenticator: its secret, sealed, and the last time step whose code was accepted. */
interface TotpCredential {
  readonly secret: string
  readonly step: number
}

/** What is kept while somebody scans the code. */
interface Pending {
  readonly secret: string
  readonly name: string | null
}

const methods = ['otp'] as const
/** The length of a new secret. */
export const secretBytes = 20 // RFC 4226 §4: 160 bits are recommended
const enrolMs = 10 * 60_000
const purpose = 'totp-enrolment'

/**
 * Time-based one-time passwords (RFC 6238). A user may have several authenticators, each under a name; of any of them a
 * time step is accepted once, and none before it. Enrolled with `POST /factors/totp` and `POST /factors/totp/confirm`.
 */
export function totp({ issuer, strict = false, ...rest }: TotpOptions = {}): FactorType {
  return (host) => {
    for (const name of Object.keys(rest)) throw invalidSetting('totp', `knows no \`${name}\``, 'use issuer or strict')
    const { now, keys, challenges, emit } = host
    const credentials = host.credentials<TotpCredential>('totp')
    const window = strict ? 0 : 1
    const bindingOf = (enroller: Enroller) => ({ ...enroller, purpose })
    const pendingSeal = (enroller: Enroller): SealContext => ({
      kind: 'challenge',
      id: challenges.idOf(bindingOf(enroller)),
      owner: enroller.user.id,
    })

    /** Accepts a code, if it is one of this authenticator and of a later step than the last. */
    async function accept(
      { id, userId, own }: Credential<TotpCredential>,
      code: string,
      client: Client,
    ): Promise<boolean> {
      const seal = { kind: 'credential', id, owner: userId }
      const secret = unsealed(host, own.secret, seal)
      const step = matchStep(secret, code, now(), window)
      if (step === undefined) return false
      const sealed = keys.isStale(own.secret) ? keys.seal(secret, seal) : own.secret
      // RFC 6238 §5.2: a code is accepted once. Whoever stores the step first has used it.
      let isReplay = false
      const isFirst = await credentials.use(id, (last) => {
        isReplay = step === last.step
        return step > last.step ? { secret: sealed, step } : undefined
      })
      if (isReplay && !isFirst) emit('suspicion.replay', { of: 'totp', userId }, client)
      return isFirst
    }

    return {
      id: 'totp',
      methods,
      begin: async () => ({}),

      async verify(subject, { code = '' }) {
        for (const credential of await credentials.list(subject)) {
          if (await accept(credential, code, subject.client)) return methods
        }
        return undefined
      },

      enrolment: {
        paths: { begin: '/factors/totp', finish: '/factors/totp/confirm' },

        async begin(enroller, { name = null }) {
          const secret = generateSecret({ length: secretBytes })
          const pending: Pending = { secret: keys.seal(secret, pendingSeal(enroller)), name }
          await challenges.keep(bindingOf(enroller), pending, enrolMs)
          const uri = generateURI({
            issuer: issuer ?? new URL(host.origin).host,
            label: enroller.user.username,
            secret,
          })
          return { answer: { secret, uri, qr: renderSVG(uri, { ecc: 'M', border: 4, pixelSize: 4 }) } }
        },

        async finish(enroller, { code = '', name }) {
          const challenge = await challenges.read(bindingOf(enroller))
          if (challenge === undefined) return undefined
          const pending = challenge.kept as Pending
          const secret = unsealed(host, pending.secret, pendingSeal(enroller))
          const step = matchStep(secret, code, now(), window)
          if (step === undefined || !(await challenge.consume())) return undefined
          const id = randomText(16)
          const sealed = keys.seal(secret, { kind: 'credential', id, owner: enroller.user.id })
          const own: TotpCredential = { secret: sealed, step }
          return { credential: { id, name: name ?? pending.name ?? undefined, own, methods } }
        },
      },
    }
  }
}

function unsealed({ keys }: FactorHost, sealed: string, context: SealContext): string {
  const secret = keys.open(sealed, context)
  if (secret !== undefined) return secret
  // Not a wrong code: the operator has dropped a value of `secret` that was still needed.
  throw new AuthError('unavailable', {
    cause: new Error('A TOTP secret can not be opened with any value of `secret`.'),
  })
}
