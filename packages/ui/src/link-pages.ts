import type { Features, LinkPages } from '@sallyport/core'

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

/**
 * What is to be mended when links in messages would not lead to the pages at this path, though nobody has made others for
 * them; `undefined` when they do.
 */
export function strayLinks({ linkPages: given }: Pick<Features, 'linkPages'>, path: string): string | undefined {
  const ours = linkPages(path)
  const names = ['password', 'emailVerification', 'emailChange'] as const
  const strays = names.filter((name) => {
    const template = given[name]
    const isMadeHere = template?.endsWith(`?${linkParameter}={token}`) ?? true
    return isMadeHere && template !== ours[name]
  })
  if (strays.length === 0) return undefined
  const mend = path === '/account' ? 'linkPages()' : `linkPages(${JSON.stringify(path)})`
  return `Links in messages do not lead to the pages at ${path} (${strays.join(', ')}): give createAuth \`linkPages: ${mend}\`.`
}
