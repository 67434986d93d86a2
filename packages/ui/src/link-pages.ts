import type { LinkPages } from '@sallyport/core'

/** The parameter that the links in messages bear. It is taken out of the address before anybody else sees it. */
export const linkParameter = 'link'

/** Where the links in messages lead, for the setting `linkPages`; `path` is that of the pages. */
export function linkPages(path = '/account'): LinkPages {
  const page = (name: string) => `${path}/${name}?${linkParameter}={token}`
  return {
    password: page('choose-password'),
    emailVerification: page('verify-email'),
    emailChange: page('change-email'),
  }
}
