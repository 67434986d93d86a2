const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** A secret in memory. Printed, logged, inspected or serialised it says `[redacted]`; `reveal()` gives the value. */
export interface Secret {
  reveal(): string
  /** A secret made from this one. */
  map(change: (value: string) => string): Secret
  toString(): string
  toJSON(): string
}

class RedactedSecret implements Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  map(change: (value: string) => string): Secret {
    return new RedactedSecret(change(this.#value))
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect](): string {
    return '[redacted]'
  }
}

/** Wraps a value so that only `reveal()` shows it. */
export function secret(value: string): Secret {
  return new RedactedSecret(value)
}
