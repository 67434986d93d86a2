/** Ids under a key. A lone id, by far the most common case, needs no Set of its own. */
export type Bags = Map<string, string | Set<string>>

export function putInto(bags: Bags, key: string, id: string): void {
  const bag = bags.get(key)
  if (bag === undefined) bags.set(key, id)
  else if (typeof bag !== 'string') bag.add(id)
  else if (bag !== id) bags.set(key, new Set([bag, id]))
}

export function takeOutOf(bags: Bags, key: string, id: string): void {
  const bag = bags.get(key)
  if (bag === id) bags.delete(key)
  else if (typeof bag === 'object' && bag.delete(id) && bag.size === 0) bags.delete(key)
}

/** The ids that are under a key now: a copy. */
export function idsIn(bags: Bags, key: string): string[] {
  const bag = bags.get(key) ?? []
  return typeof bag === 'string' ? [bag] : [...bag]
}
