import { invalidSetting } from '../errors.ts'

/**
 * Where the links in messages lead: pages of the application on its own origin, with `{token}` where the token stands.
 * A page sends the token on by POST; to look at it consumes nothing. What stands behind `#` is seen by no server and no log.
 */
export interface LinkPages {
  /** A forgotten password, an invitation, a registration: whoever comes there chooses a password. */
  readonly password: string
  /** The proof of an address. */
  readonly emailVerification: string
  /** The proof of a new address. */
  readonly emailChange: string
}

const defaultPages: LinkPages = {
  password: '/choose-password#token={token}',
  emailVerification: '/verify-email#token={token}',
  emailChange: '/change-email#token={token}',
}

/** The pages, as templates of whole addresses. Throws `invalid_setting` for what leads anywhere else. */
export function checkLinkPages(origin: string, pages: Partial<LinkPages> = {}): LinkPages {
  const check = (name: keyof LinkPages): string => {
    const path = pages[name] ?? defaultPages[name]
    const isPath = /^\/(?![/\\])[^\s\\]*$/.test(path) && path.split('{token}').length === 2
    const probe = path.replace('{token}', 'x')
    if (isPath && URL.canParse(probe, origin) && new URL(probe, origin).origin === origin) return origin + path
    const mend = `give a path with one {token} in it, as in ${JSON.stringify(defaultPages[name])}`
    throw invalidSetting(`linkPages.${name}`, `is ${JSON.stringify(path)}`, mend)
  }
  return {
    password: check('password'),
    emailVerification: check('emailVerification'),
    emailChange: check('emailChange'),
  }
}
