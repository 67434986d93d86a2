/** Turns passwords into hashes that carry their own parameters, and checks them. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** `false` for a wrong password; rejects for a hash that it can't read. */
  verify(hash: string, password: string): Promise<boolean>
  /** Whether a hash was made with the present parameters. */
  isCurrent(hash: string): boolean
  /** A hash that costs as much as a real one and that no password has. */
  readonly dummy: string
}

/** Parameters of argon2id (RFC 9106): memory in KiB, passes, lanes. */
export interface Argon2Parameters {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** ASVS 5.0 appendix C: t = 2 with at least 19,456 KiB. */
export const defaultArgon2: Argon2Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const argon2id = 2

/** An implementation of argon2: hashes in PHC format that every other one reads. */
export interface Argon2 {
  hash(password: string, options: Argon2Parameters & { readonly algorithm: number }): Promise<string>
  verify(hash: string, password: string): Promise<boolean>
}

/** argon2id in native code, off the event loop; loaded at the first use. Bundled for workerd it is `argon2-pure`. */
export function argon2Hasher(parameters: Argon2Parameters = defaultArgon2): PasswordHasher {
  return createArgon2Hasher(loadNative, parameters)
}

/** argon2id by an implementation that is loaded at the first use. */
export function createArgon2Hasher(load: () => Promise<Argon2>, parameters: Argon2Parameters): PasswordHasher {
  const { memoryCost, timeCost, parallelism } = parameters
  const head = `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`
  return {
    async hash(password) {
      const { hash } = await load()
      return hash(password, { algorithm: argon2id, memoryCost, timeCost, parallelism })
    },

    async verify(hash, password) {
      const { verify } = await load()
      return verify(hash, password)
    },

    isCurrent: (hash) => hash.startsWith(head),
    // Nothing random: there are runtimes that give none while they start.
    dummy: `${head}${'A'.repeat(22)}$${'A'.repeat(43)}`,
  }
}

async function loadNative(): Promise<Argon2> {
  try {
    return await import('#argon2')
  } catch (cause) {
    const mend = 'set `password.hasher` to pureArgon2Hasher() of @sallyport/core/argon2-pure'
    throw new Error(`The native argon2 can't be loaded here: ${mend}.`, { cause })
  }
}
