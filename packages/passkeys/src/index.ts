import type { Credential, Enroller, FactorSubject, FactorType } from '@sallyport/core'
import {
  credentialIdOf,
  type PasskeyCredential,
  storedId,
  userHandle,
  type Verified,
  verifyAssertion,
  verifyRegistration,
} from './ceremony.ts'
import { type PasskeyOptions, relyingParty } from './settings.ts'

export type { Authenticator, PasskeyOptions } from './settings.ts'

const id = 'passkey'
const loginPurpose = 'passkey-login'
// Ed25519, ES256, RS256 (COSE).
const algorithms = [-8, -7, -257]

/**
 * Passkeys (WebAuthn level 3): as a second factor, and as a whole log-in where their holder was verified. Registered with
 * `POST /factors/passkeys/options` and `POST /factors/passkeys`; logged in with `POST /login/passkey/options` and `POST /login/passkey`.
 */
export function passkeys(options: PasskeyOptions = {}): FactorType {
  return (host) => {
    const rp = relyingParty(host.origin, options)
    const { challenges, now, emit } = host
    const credentials = host.credentials<PasskeyCredential>(id)
    const enrolling = (enroller: Enroller) => ({ ...enroller, purpose: 'passkey-enrolment' })
    const asking = (subject: FactorSubject) => ({ ...subject, purpose: `passkey-${subject.purpose}` })

    /** One use: by compare-and-set, and only with a counter that rises where there is one (WebAuthn §7.2 step 22). */
    async function use(
      { id: factorId, userId }: Credential<PasskeyCredential>,
      { counter, isBackedUp }: Verified,
    ): Promise<boolean> {
      let isCloned = false
      const used = await credentials.use(factorId, (last) => {
        isCloned = (counter > 0 || last.counter > 0) && counter <= last.counter
        return isCloned ? undefined : { ...last, counter, isBackedUp }
      })
      if (isCloned) emit('factor.cloned', { userId, factor: id, factorId })
      return used
    }

    return {
      id,
      methods: ['hwk', 'swk'],
      unguessable: true,
      describe: (own) => {
        const { aaguid, isSynced, isBackedUp } = own as PasskeyCredential
        return { aaguid, isSynced, isBackedUp }
      },

      async begin(subject) {
        const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
        const known = await credentials.list(subject)
        const asked = await generateAuthenticationOptions({
          rpID: rp.id,
          timeout: rp.lifetimeMs,
          userVerification: 'preferred',
          allowCredentials: known.length > 0 ? known.map(descriptor) : [decoy(subject)],
        })
        await challenges.keep(asking(subject), asked.challenge, rp.lifetimeMs)
        return { ...asked }
      },

      async verify(subject, evidence) {
        const credentialId = credentialIdOf(evidence)
        const known = await credentials.list(subject)
        const credential = known.find(({ own }) => own.credentialId === credentialId)
        const challenge = await challenges.read(asking(subject))
        if (credential === undefined || challenge === undefined) return undefined
        const verified = await verifyAssertion(evidence, credential.own, challenge.kept as string, rp, false)
        if (verified === undefined || !(await challenge.consume())) return undefined
        return (await use(credential, verified)) ? verified.methods : undefined
      },

      enrolment: {
        paths: { begin: '/factors/passkeys/options', finish: '/factors/passkeys' },

        async begin(enroller) {
          const { generateRegistrationOptions } = await import('@simplewebauthn/server')
          const known = await credentials.list(enroller)
          const asked = await generateRegistrationOptions({
            rpName: rp.name,
            rpID: rp.id,
            userID: new Uint8Array(Buffer.from(userHandle(enroller.user.id), 'base64url')),
            userName: enroller.user.username,
            userDisplayName: enroller.user.displayName ?? enroller.user.username,
            timeout: rp.lifetimeMs,
            attestationType: options.accept === undefined ? 'none' : 'direct',
            excludeCredentials: known.map(descriptor),
            authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
            supportedAlgorithmIDs: algorithms,
          })
          await challenges.keep(enrolling(enroller), asked.challenge, rp.lifetimeMs)
          return { answer: { ...asked } }
        },

        async finish(enroller, evidence) {
          const challenge = await challenges.read(enrolling(enroller))
          if (challenge === undefined) return undefined
          const registered = await verifyRegistration(evidence, challenge.kept as string, rp)
          if (registered === undefined) return undefined
          const { own, authenticator, methods } = registered
          if (options.accept !== undefined && !(await options.accept(authenticator))) return undefined
          if (!(await challenge.consume())) return undefined
          return { credential: { id: storedId(own.credentialId), name: evidence.name, own, methods } }
        },
      },

      ...(options.logIn !== false && {
        logIn: {
          paths: { begin: '/login/passkey/options', finish: '/login/passkey' },
          opens: (own: unknown) => (own as PasskeyCredential).opens,

          async begin() {
            const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
            const challenge = challenges.offer(loginPurpose, rp.lifetimeMs)
            return {
              ...(await generateAuthenticationOptions({
                rpID: rp.id,
                timeout: rp.lifetimeMs,
                userVerification: 'required',
                challenge: new Uint8Array(Buffer.from(challenge)),
              })),
            }
          },

          async finish(evidence) {
            const credentialId = credentialIdOf(evidence)
            const found = credentialId === undefined ? undefined : await credentials.find(storedId(credentialId))
            if (found === undefined || handleOf(evidence.response) !== userHandle(found.userId)) return undefined
            let challenge = ''
            const seen = (text: string) => {
              challenge = Buffer.from(text, 'base64url').toString()
              return true
            }
            const verified = await verifyAssertion(evidence, found.own, seen, rp, true)
            // The challenge last: a response that is wrong in anything does not use it up.
            if (verified === undefined || !(await challenges.redeem(loginPurpose, challenge))) return undefined
            if (!(await use(found, verified))) return undefined
            // The device and what unlocks it are two factors (RFC 8176 §2).
            const methods = [...verified.methods, 'mfa']
            return { userId: found.userId, methods, at: now(), epoch: found.epochs.session }
          },
        },
      }),
    }
  }
}

function descriptor({ own }: Credential<PasskeyCredential>): { id: string; transports: string[] } {
  return { id: own.credentialId, transports: [...own.transports] }
}

/** Something to ask for where there is nothing, so that the question does not tell: the same one every time. */
function decoy({ user, epochs }: FactorSubject): { id: string; transports: string[] } {
  return { id: storedId(`decoy:${user.id}:${epochs.factors}`), transports: ['internal', 'hybrid'] }
}

function handleOf(response: Readonly<Record<string, unknown>> | undefined): unknown {
  return (response?.['response'] as { readonly userHandle?: unknown } | undefined)?.userHandle
}
