import { type Clock, type Collection, collection, hasExpired } from '../collection.ts'
import { AuthError } from '../errors.ts'
import { equalTexts, sha256 } from '../hash.ts'
import type { Secret } from '../secret.ts'
import type { Entry, Storage } from '../storage.ts'
import type { Tokens } from '../token.ts'
import type { UserEntry } from '../user-state.ts'
import type { LinkPages } from './link-pages.ts'

/** The kinds of token that links bear. */
export type LinkKind = 'reset' | 'verification' | 'registration'

/** What a link is for; two links for different things never stand in for one another. */
export type LinkPurpose = 'reset' | 'invitation' | 'verify' | 'change' | 'registration'

/** How an address is proved: by following a link, or by typing in a short code. */
export type Verification = 'link' | 'code'

/** What storage keeps of a link: whom and what it was made for, and what was true then. */
export interface LinkData {
  readonly hash: string
  readonly purpose: LinkPurpose
  /** The user's epoch: whatever ends their sessions ends their links. `null` where there is no user yet. */
  readonly epoch: string | null
  /** When the password was set that a reset is to replace: a newer one ends the link, even where sessions are kept. */
  readonly passwordSetAt: number | null
  /** The address that it was sent to, and that whoever follows it has proved; `null` for one that was handed over. */
  readonly address: string | null
  /** The address that a change is to replace. */
  readonly from: string | null
  /** What a registration has asked to be called. */
  readonly displayName: string | null
}

/** A link that is good, and whose it is. */
export interface FoundLink {
  readonly entry: Entry<LinkData>
  /** `undefined` for a registration alone. */
  readonly owner: UserEntry | undefined
}

/** What a new link is to be. `for` is the user, or the canonical address where there is none. */
export interface NewLink {
  readonly kind: LinkKind
  readonly purpose: LinkPurpose
  readonly for: string
  readonly epoch?: string
  readonly passwordSetAt?: number | undefined
  readonly address?: string | undefined
  readonly from?: string | undefined
  readonly displayName?: string | undefined
}

/** A link, which is shown this once. `expiresAt` is in milliseconds since the epoch. */
export interface IssuedLink {
  readonly link: Secret
  readonly expiresAt: number
}

/** Links that are good once. */
export interface Links {
  /** A new link; an earlier one for the same thing and user is dead. */
  issue(link: NewLink): Promise<IssuedLink>
  /** Keeps what was made in its place: an earlier one there is dead. */
  keep(kind: LinkKind, id: string, wanted: NewLink, hash: string, expiresAt: number): Promise<void>
  /** What is kept in a place, if it is alive, whatever its hash. */
  read(kind: LinkKind, id: string): Promise<FoundLink | undefined>
  /** The link of a token of one of these kinds, if it is alive; whatever is wrong with it, `undefined`. Consumes nothing. */
  find(token: string, ...kinds: readonly LinkKind[]): Promise<FoundLink | undefined>
  /** Ends it: of many callers one gets `true`. */
  consume(link: FoundLink): Promise<boolean>
}

const hour = 60 * 60_000
/** How long links are good, in milliseconds. */
export const lifeMs: Readonly<Record<LinkPurpose, number>> = {
  reset: hour,
  verify: hour,
  change: hour,
  registration: hour,
  invitation: 24 * hour, // NIST SP 800-63B-4 §4.2.1.2: what is sent by e-mail is good for at most 24 hours
}
const pageOf: Readonly<Record<LinkPurpose, keyof LinkPages>> = {
  reset: 'password',
  invitation: 'password',
  registration: 'password',
  verify: 'emailVerification',
  change: 'emailChange',
}
/** The links of a store. */
export function createLinks(storage: Storage, now: Clock, tokens: Tokens, pages: LinkPages): Links {
  const entries: Readonly<Record<LinkKind, Collection<LinkData>>> = {
    reset: collection('reset', storage, now),
    verification: collection('verification', storage, now),
    registration: collection('registration', storage, now),
  }

  const keep: Links['keep'] = async (kind, id, wanted, hash, expiresAt) => {
    const { purpose, for: whom, epoch = null, address = null, from = null, displayName = null } = wanted
    const { passwordSetAt = null } = wanted
    const data: LinkData = { hash, purpose, epoch, passwordSetAt, address, from, displayName }
    const owner = kind === 'registration' ? null : whom
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await entries[kind].insert({ id, owner, expiresAt, data })) return
      // Between the two the earlier one may end, and then the place is free.
      if ((await entries[kind].update(id, () => ({ data, expiresAt }))) !== undefined) return
    }
    throw new AuthError('conflict')
  }

  const read: Links['read'] = async (kind, id) => {
    const owned = await entries[kind].getWithOwner(id)
    if (owned === undefined || hasExpired(owned.entry, now())) return undefined
    if (kind === 'registration') return { entry: owned.entry, owner: undefined }
    const owner = owned.owner as UserEntry | undefined
    const isAlive = owner?.data.epoch === owned.entry.data.epoch && owner?.data.disabledAt === null
    return isAlive ? { entry: owned.entry, owner } : undefined
  }

  return {
    keep,
    read,

    async issue(wanted) {
      const { kind, purpose } = wanted
      // One place for each user and purpose: a newer link ends the older one by the write that makes it.
      const { token, id, hash } = tokens.mint(kind, sha256(`${purpose}:${wanted.for}`).slice(0, 22))
      const expiresAt = now() + lifeMs[purpose]
      await keep(kind, id, wanted, hash, expiresAt)
      return { link: token.map((text) => pages[pageOf[purpose]].replace('{token}', text)), expiresAt }
    },

    async find(text, ...kinds) {
      const token = tokens.parse(text)
      const kind = kinds.find((one) => one === token?.kind)
      const found = token && kind && (await read(kind, token.id))
      return found && token && equalTexts(token.hash, found.entry.data.hash) ? found : undefined
    },

    async consume({ entry }) {
      // By version: what is consumed is what was judged, and not a newer link in the same place.
      return (await entries[entry.kind as LinkKind].replace(entry, { expiresAt: 0 })) !== undefined
    },
  }
}
