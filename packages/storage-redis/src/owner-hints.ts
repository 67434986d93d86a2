/** Guesses at whose an entry is. A guess is only where to look: the entry itself is read with it and decides. */
export interface OwnerHints {
  get(key: string): string | undefined
  set(key: string, owner: string): void
}

/** Remembers the owners of the entries read last, of at most twice `size`. */
export function ownerHints(size: number): OwnerHints {
  let recent = new Map<string, string>()
  let older = new Map<string, string>()

  function set(key: string, owner: string): void {
    if (recent.size >= size) {
      older = recent
      recent = new Map()
    }
    recent.set(key, owner)
  }

  return {
    get(key) {
      const owner = recent.get(key)
      if (owner !== undefined) return owner
      const former = older.get(key)
      if (former !== undefined) set(key, former)
      return former
    },
    set,
  }
}
