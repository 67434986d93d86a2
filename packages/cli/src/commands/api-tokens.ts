import type { ApiToken, IssuedApiToken } from '@sallyport/core'
import type { Command } from '../command.ts'
import type { Output } from '../output.ts'
import { instant, shortly } from '../output.ts'
import { pageOptions, readPages, showPage } from '../pages.ts'
import { revokeCommand } from '../revoke.ts'
import { readDuration, readInstant } from '../time.ts'
import { authOf, userOf } from '../users.ts'

const list: Command = {
  name: 'api-tokens list',
  summary: 'list the API tokens of a user, never the tokens themselves',
  positionals: ['USER'],
  options: pageOptions,
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const { id } = await userOf(auth, args.positional('USER'))
    const find = (query: object) => auth.apiTokens.list(id, query)
    showPage(out, await readPages(args, find, () => {}), apiTokenHeadings, apiTokenRow, apiTokenJson)
  },
}

const create: Command = {
  name: 'api-tokens create',
  summary: 'issue an API token for a user, which is shown this once',
  positionals: ['USER'],
  options: {
    name: { type: 'string', value: 'TEXT', summary: 'what it is for' },
    expires: { type: 'string', value: 'WHEN', summary: 'when it ends, as in 90d or 2027-01-31: ten years if left out' },
    scope: { type: 'string', value: 'PERMISSION', multiple: true, summary: 'narrows what it may do' },
  },
  notes: ['Without --scope it may do what its user may at each request, and never more.'],
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const { id } = await userOf(auth, args.positional('USER'))
    const [expires, scopes] = [args.text('expires'), args.texts('scope')]
    const issued = await auth.operator.issueApiToken(id, {
      name: args.text('name') ?? 'sallyport api-tokens create',
      expiresAt: expires === undefined ? undefined : readInstant('expires', expires, 'ahead'),
      scopes: scopes.length === 0 ? undefined : scopes,
    })
    show(out, issued)
  },
}

const rotate: Command = {
  name: 'api-tokens rotate',
  summary: 'give an API token a new secret; the old one lives on for the overlap',
  positionals: ['USER', 'ID'],
  options: {
    overlap: { type: 'string', value: 'DURATION', summary: 'as in 24h, or 0s: what the settings say if left out' },
  },
  async run(call) {
    const { args, out } = call
    const auth = await authOf(call)
    const { id } = await userOf(auth, args.positional('USER'))
    const overlap = args.text('overlap')
    const overlapMs = overlap === undefined ? undefined : readDuration('overlap', overlap)
    show(out, await auth.apiTokens.rotate(id, args.positional('ID'), overlapMs))
  },
}

const revoke: Command = revokeCommand({
  name: 'api-tokens revoke',
  summary: 'end API tokens of a user',
  what: 'API token',
  one: (auth, userId, id) => auth.apiTokens.revoke(userId, id),
  all: (auth, userId) => auth.apiTokens.revokeAll(userId),
})

function show(out: Output, { apiToken, token }: IssuedApiToken): void {
  // On a line of its own, for `… | tail -1`.
  out.line(`${apiToken.name} (${apiToken.id}) is good until ${instant(apiToken.expiresAt)}. It is shown this once:`)
  out.line(token.reveal())
  out.document({ apiToken: apiTokenJson(apiToken), token: token.reveal() })
}

/** The headings of `apiTokenRow`. */
export const apiTokenHeadings: readonly string[] = ['ID', 'NAME', 'CREATED', 'LAST USED', 'EXPIRES', 'SCOPES']

/** An API token in a table. */
export function apiTokenRow({ id, name, createdAt, lastUsedAt, expiresAt, scopes }: ApiToken): readonly string[] {
  return [id, name, shortly(createdAt), shortly(lastUsedAt), shortly(expiresAt), scopes?.join(',') ?? 'all']
}

/** An API token in a document. */
export function apiTokenJson({ id, name, createdAt, lastUsedAt, rotatedAt, expiresAt, scopes }: ApiToken): object {
  return {
    id,
    name,
    createdAt: instant(createdAt),
    lastUsedAt: instant(lastUsedAt),
    rotatedAt: instant(rotatedAt),
    expiresAt: instant(expiresAt),
    scopes,
  }
}

export const apiTokens: readonly Command[] = [list, create, rotate, revoke]
