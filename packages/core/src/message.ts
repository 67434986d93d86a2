import type { Client } from './client.ts'
import type { Emit } from './events.ts'
import type { Secret } from './secret.ts'
import type { User } from './user.ts'

/**
 * What the application is asked to send. `to` is an address that is stored: one that the user has proved, or that a link
 * is to prove.
 */
export type Message = MessageToUser | MessageToAddress

/** What a user is sent. */
export type MessageToUser = MessageTo & { readonly user: User } & (
    | { readonly type: 'code'; readonly code: Secret; readonly expiresAt: number; readonly purpose: CodePurpose }
    | { readonly type: 'enrolment-ticket'; readonly ticket: Secret; readonly expiresAt: number }
    | { readonly type: 'notice'; readonly notice: Notice; readonly at: number; readonly factor?: string | undefined }
    | { readonly type: LinkMessage; readonly link: Secret; readonly expiresAt: number }
  )

/** What goes to an address of which no user is known yet. */
export type MessageToAddress = MessageTo & { readonly user?: undefined; readonly expiresAt: number } & (
    | { readonly type: 'registration'; readonly link: Secret }
    | { readonly type: 'code'; readonly code: Secret; readonly purpose: 'registration' }
  )

/** Where a message goes. */
export interface MessageTo {
  readonly to: string
  readonly channel: 'email' | 'sms'
  /** Where the request came from, for the user to recognise or not; `undefined` for what an administrator did. */
  readonly client?: Pick<Client, 'address' | 'userAgent'> | undefined
}

/**
 * What a code proves: that its reader may unlock, step up, or have codes sent there from now on; or that an address is
 * theirs, for a registration, an address that was not proved yet, or a new one.
 */
export type CodePurpose = 'unlock' | 'step-up' | 'enrol' | AddressProof

/** What an address is proved for. */
export type AddressProof = 'registration' | 'email-verification' | 'email-change'

/**
 * What a link is for: a forgotten password, the first password of whom an administrator has invited, the proof of an
 * address, and that of a new one. It is a bearer of that right: good once.
 */
export type LinkMessage = 'password-reset' | 'invitation' | 'email-verification' | 'email-change'

/** What a user is told afterwards. If it was not them, they should change their password and tell the administrator. */
export type Notice =
  | 'factor_enrolled'
  | 'factor_removed'
  | 'factors_reset'
  | 'recovery_code_used'
  | 'second_factor_failed'
  | 'new_network'
  | 'factor_replaced'
  | 'password_changed'
  | 'password_reset'
  | 'email_change_requested'
  | 'email_changed'
  | 'already_registered'

/** Sends messages: the setting `deliver`. What it throws is reported and changes no answer: retries are its own. */
export type Deliver = (message: Message) => Promise<void> | void

/** Hands messages over without waiting for them. */
export interface Messenger {
  send(message: Message): void
  /** Tells a user at their verified address; without one only the event tells. */
  notify(
    user: User,
    notice: Notice,
    details: { readonly at: number; readonly factor?: string; readonly client?: Client },
  ): void
}

/** Messages go out after the answer, so that its time tells nothing of them. */
export function createMessenger(
  deliver: Deliver,
  emit: Emit,
  later: (task: () => Promise<unknown>) => void,
): Messenger {
  function send(message: Message): void {
    later(async () => {
      try {
        await deliver(message)
      } catch (error) {
        emit(
          'delivery.failed',
          { userId: message.user?.id, message: message.type },
          'client' in message ? message.client : undefined,
        )
        throw error
      }
    })
  }

  return {
    send,

    notify(user, notice, { client, ...details }) {
      const to = verifiedEmailOf(user)
      if (to === undefined) return
      send({ type: 'notice', notice, to, channel: 'email', user, client: client && whereFrom(client), ...details })
    },
  }
}

/** What a message says of where its request came from. */
export function whereFrom({ address, userAgent }: Client): MessageTo['client'] {
  return { address, userAgent }
}

/** The address that a user has proved to read. */
export function verifiedEmailOf({ email, emailVerified }: User): string | undefined {
  return emailVerified === true ? email : undefined
}
