/** What a process ends with: done, something is wrong, or the command line itself is. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** Why a command could not do what it was asked, and what to do about it. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly mend: string | undefined
  readonly exitCode: number

  constructor(message: string, mend?: string, exitCode: number = exitCodes.failed) {
    super(message)
    this.mend = mend
    this.exitCode = exitCode
  }
}

/** A command line that can't be understood. */
export function misused(message: string, mend?: string): Failure {
  return new Failure(message, mend, exitCodes.usage)
}

/** What a person is told of an error. */
export interface Description {
  readonly message: string
  readonly mend: string | undefined
  readonly exitCode: number
  /** The code of a refusal of Sallyport. */
  readonly code: string | undefined
}

const mends: Readonly<Record<string, string>> = {
  invalid_setting: 'mend the setting in the config module; `sallyport doctor` looks at all of them',
  unavailable: 'see whether the store runs and can be reached; `sallyport doctor` looks closer',
  username_taken: 'choose another name, or see who has it: `sallyport users list --search NAME`',
  conflict: 'look at what is there now, and try again',
}

/** Errors of the network and of databases, by their codes. */
const faults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: start the server, or correct its address',
  ENOTFOUND: 'there is no host of this name: correct the address',
  EAI_AGAIN: 'the name of the host could not be looked up: correct it, or see to the name server',
  ETIMEDOUT: 'nothing answers there: correct the address, or see to the firewall',
  ECONNRESET: 'the server hung up: see its log',
  SELF_SIGNED_CERT_IN_CHAIN: 'trust its certificate: NODE_EXTRA_CA_CERTS=FILE',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'trust its certificate: NODE_EXTRA_CA_CERTS=FILE',
  CERT_HAS_EXPIRED: 'renew its certificate',
  '28P01': 'correct the user and the password in the address of the database',
  '28000': 'correct the user in the address of the database, or let it in there',
  '3D000': 'create the database, or correct its name in the address',
  '42501': 'give the user of the database the right to do this',
  ER_ACCESS_DENIED_ERROR: 'correct the user and the password in the address of the database',
  ER_BAD_DB_ERROR: 'create the database, or correct its name in the address',
}

/** Says of any error what happened and how to mend it, in the words of whoever saw it first. */
export function describe(error: unknown): Description {
  if (error instanceof Failure) {
    const { message, mend, exitCode } = error
    return { message, mend, exitCode, code: undefined }
  }
  // By its shape: the application may have a copy of core of its own.
  const code = error instanceof Error && error.name === 'AuthError' && 'code' in error ? String(error.code) : undefined
  const root = rootOf(error)
  const says = root instanceof Error ? root.message || root.name : String(root)
  const isUnmigrated = /migrate\(\)/.test(says) || (error instanceof Error && /migrate\(\)/.test(error.message))
  const message = error instanceof Error && code !== undefined && root !== error ? `${error.message} ${says}` : says
  const fault = root instanceof Error && 'code' in root ? faults[String(root.code)] : undefined
  const mend = isUnmigrated ? 'create the tables: `sallyport migrate`' : (fault ?? (code && mends[code]))
  return { message, mend, exitCode: exitCodes.failed, code }
}

function rootOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.cause instanceof Error) return rootOf(error.cause)
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0])
  return error
}
