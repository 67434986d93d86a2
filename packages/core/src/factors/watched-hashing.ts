import { isWatched, type Work, watched } from '../diagnostics.ts'
import type { HashingQueue } from './hashing-queue.ts'
import type { PasswordHasher } from './password-hash.ts'

function tell<Result>(operation: Work['password']['operation'], work: () => Promise<Result>): Promise<Result> {
  return isWatched('password') ? watched('password', { operation }, work) : work()
}

/** The same hasher, whose work can be watched. */
export function watchedHasher(hasher: PasswordHasher): PasswordHasher {
  return {
    hash: (password) => tell('hash', () => hasher.hash(password)),
    verify: (hash, password) => tell('verify', () => hasher.verify(hash, password)),
    isCurrent: (hash) => hasher.isCurrent(hash),
    dummy: hasher.dummy,
  }
}

/** The same queue, whose waiting can be watched. */
export function watchedQueue(queue: HashingQueue): HashingQueue {
  return { enter: (network, departed) => tell('wait', () => queue.enter(network, departed)) }
}
