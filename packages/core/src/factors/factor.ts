import type { Authentication, Method } from '../authentication.ts'
import type { Client } from '../client.ts'
import type { User } from '../user.ts'

/** A kind of evidence: the code that asks for it and the code that checks it. */
export interface Factor {
  /** Its name on the wire and in storage, as in `totp`. */
  readonly id: string
  /** The methods that it can prove, of which a policy that requires this factor asks for one. */
  readonly methods: readonly Method[]
  /** What stands in for a lost factor: it opens the second door, but nobody has a second factor for having this alone. */
  readonly isBackup?: true
  /** Whether `verify` hashes: it is admitted to the hashing queue first. */
  readonly hashes?: true
  /** Whether its evidence can't be guessed, as a signature can't: other people's guesses do not lock it out. */
  readonly unguessable?: true
  /** Whether a user has it without having enrolled it, as with codes to the address of everybody. */
  isEnrolled?(user: User): boolean | Promise<boolean>
  /** Asks for the evidence; what it resolves to is sent to the client. Answers alike when the factor is not enrolled. */
  begin(subject: FactorSubject): Promise<Answer>
  /** The methods that the evidence proves, consuming it by one conditional write; `undefined` when it is wrong. */
  verify(subject: FactorSubject, evidence: FactorEvidence): Promise<readonly Method[] | undefined>
  /** What `GET /factors` shows besides name and times, from what `enrolment` had stored. */
  describe?(own: unknown): Answer
  /** How a user gets it; absent when nobody can enrol it. */
  readonly enrolment?: Enrolment
  /** How it is a whole log-in by itself; absent when it is a second factor only. */
  readonly logIn?: FactorLogIn
}

/** What a client is told, as JSON. Shown to whoever asks, so it holds no more than they may know. */
export type Answer = Readonly<Record<string, unknown>>

/** What a client sends as evidence: a code, or a structured response. */
export interface FactorEvidence {
  readonly code?: string | undefined
  readonly response?: Readonly<Record<string, unknown>> | undefined
}

/** Whose credentials a factor may read. */
export interface FactorHolder {
  readonly user: User
  /** The user's epochs: `session` was read before any evidence was checked, `factors` says which credentials still count. */
  readonly epochs: { readonly session: string; readonly factors: string }
}

/** Who is asked for a factor, and for what: `waitingId` is the locked token or session that waits for the evidence. */
export interface FactorSubject extends FactorHolder {
  readonly purpose: 'unlock' | 'step-up'
  readonly waitingId: string
  readonly client: Client
}

/** Who enrols. Core has made sure that they may: nothing here is left to judge. `waitingId` is as in `FactorSubject`. */
export interface Enroller extends FactorHolder {
  readonly waitingId: string
  readonly client: Client
}

/** What a client sends to enrol. */
export interface EnrolmentEvidence extends FactorEvidence {
  /** What the user calls it, to tell several of a kind apart. */
  readonly name?: string | undefined
  /** Where codes are to be sent, for a factor that sends them. */
  readonly address?: string | undefined
}

/** How a factor is enrolled: in one step or in two, each under a path of its own below the mount path. */
export interface Enrolment {
  readonly paths: { readonly begin: `/factors/${string}`; readonly finish?: `/factors/${string}` }
  begin(enroller: Enroller, evidence: EnrolmentEvidence): Promise<EnrolmentStep>
  /** `undefined` when the evidence is wrong or nothing was begun. What was begun is finished by one caller. */
  finish?(enroller: Enroller, evidence: EnrolmentEvidence): Promise<EnrolmentStep | undefined>
}

/** What a step of an enrolment comes to. */
export interface EnrolmentStep {
  /** Shown to the client, once. */
  readonly answer?: Answer | undefined
  /** What is to be stored: with it the factor is enrolled. */
  readonly credential?: NewCredential | undefined
}

/** What is stored of a newly enrolled factor. */
export interface NewCredential {
  /** 1 to 200 characters of `A-Z a-z 0-9 . _ ~ -`, unique among all users. */
  readonly id: string
  readonly name?: string | undefined
  /** JSON, and nothing in it lets its reader sign in: secrets are sealed or hashed. */
  readonly own: unknown
  /** Takes the place of a credential of this user with the same id; otherwise one that is there is a `conflict`. */
  readonly replaces?: true
  /** What enrolling it has proven just now; nothing for what was only handed out. */
  readonly methods: readonly Method[]
}

/** A log-in by a factor alone. Whoever finishes it goes through the same gate as everybody. */
export interface FactorLogIn {
  readonly paths: { readonly begin: `/login/${string}`; readonly finish: `/login/${string}` }
  begin(client: Client): Promise<Answer>
  /** `undefined` when the evidence proves nothing; `epoch` is the user's, read before it was checked. */
  finish(evidence: FactorEvidence, client: Client): Promise<Authentication | undefined>
  /** Whether a credential is enough for it, from what `enrolment` had stored; every one is, where this is absent. */
  opens?(own: unknown): boolean
}
