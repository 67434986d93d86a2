import { type Content, html } from '../html.ts'
import type { PageRequest } from '../request.ts'

/** A link to the page of each of these users, by their id, with their name; the id alone of who is there no more. */
export async function userLinks(
  { auth, site }: Pick<PageRequest, 'auth' | 'site'>,
  ids: readonly string[],
): Promise<(id: string) => Content> {
  const found = await Promise.all([...new Set(ids)].map(async (id) => [id, await auth.users.find(id)] as const))
  const names = new Map(found.map(([id, user]) => [id, user?.username]))
  return (id) => {
    const name = names.get(id)
    return name === undefined ? html`<code>${id}</code>` : html`<a href="${site.url(`/admin/users/${id}`)}">${name}</a>`
  }
}
