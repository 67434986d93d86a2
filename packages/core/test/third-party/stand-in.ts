import { randomUUID } from 'node:crypto'
import type {
  AnswerFields,
  DirectProvider,
  Evidence,
  Finding,
  Json,
  LogoutNotice,
  ProviderAnswer,
  ProviderContext,
  ProviderRules,
  RedirectProvider,
  StartRequest,
} from '@sallyport/core'
import { AuthError, providerRefused, providerUnavailable } from '@sallyport/core'

/** Evidence of a stand-in provider, but for what a test says of it. */
export function evidence(of: Partial<Evidence> = {}): Evidence {
  return { issuer: 'https://idp.example', subject: 'alice', claims: {}, methods: ['fed'], ...of }
}

/** A provider that stands in for a real one: an answer is `{ state, code }`, and what a code is worth the test says. */
export interface StandIn extends RedirectProvider {
  /** What was started, in order. */
  readonly started: StartRequest[]
  /** The evidence behind a code; a function may wait, or throw. */
  readonly codes: Map<string, Evidence | ((answer: ProviderAnswer) => Promise<Evidence>)>
  /** How often a code was redeemed. */
  readonly redeemed: string[]
  readonly contexts: ProviderContext[]
  notice: Omit<LogoutNotice, 'message'>
}

export function standIn(id: string, rules: ProviderRules & Partial<RedirectProvider> = {}): StandIn {
  const started: StartRequest[] = []
  const codes: StandIn['codes'] = new Map()
  const redeemed: string[] = []
  const contexts: ProviderContext[] = []

  return {
    id,
    label: `Stand-in ${id}`,
    protocol: 'oidc',
    stateField: 'state',
    canReauthenticate: true,
    started,
    codes,
    redeemed,
    contexts,
    notice: { issuer: 'https://idp.example', issuedAt: 0 },

    async start(request, context) {
      started.push(request)
      contexts.push(context)
      return { redirectTo: `https://idp.example/authorize?state=${request.state}`, kept: { secret: `kept for ${id}` } }
    },

    async finish(answer) {
      const { fields, kept } = answer
      if (answer.kept !== undefined && (kept as { secret: string }).secret !== `kept for ${id}`) {
        throw providerRefused('what was kept is not what comes back')
      }
      const found = codes.get(fields['code'] ?? '')
      if (found === undefined) throw providerRefused('there is no such code')
      await answer.claim()
      redeemed.push(fields['code'] ?? '')
      return typeof found === 'function' ? found(answer) : found
    },

    async readLogout(fields: AnswerFields) {
      if (fields['logout_token'] === 'away') throw providerUnavailable(new Error('connect ECONNREFUSED'))
      if (fields['logout_token'] !== 'good') throw providerRefused('the logout token is not good')
      return { ...this.notice, message: { id: randomUUID(), expiresAt: Number.MAX_SAFE_INTEGER } }
    },

    async startLogout({ keep }) {
      return keep === undefined ? undefined : `https://idp.example/logout?hint=${keep}`
    },

    async metadata({ callbackUrl }) {
      return { contentType: 'application/samlmetadata+xml', body: `<to>${callbackUrl}</to>` }
    },

    check: async ({ callbackUrl }): Promise<readonly Finding[]> => [
      { name: 'callback', ok: true, detail: `${callbackUrl} must be registered` },
    ],
    ...rules,
  }
}

/** A directory that stands in for a real one: names with passwords, and how often it was asked. */
export interface StandInDirectory extends DirectProvider {
  readonly people: Map<string, string>
  asked: number
  away: boolean
}

export function standInDirectory(id: string, rules: ProviderRules & Partial<DirectProvider> = {}): StandInDirectory {
  const people = new Map<string, string>()
  return {
    id,
    label: `Directory ${id}`,
    protocol: 'ldap',
    people,
    asked: 0,
    away: false,

    async logIn({ username, password }) {
      this.asked++
      if (this.away) throw providerUnavailable(new Error('connect ECONNREFUSED'))
      if (people.get(username) !== password) return undefined
      return evidence({ issuer: 'ldap://directory.example', subject: `uid=${username}`, methods: ['pwd', 'fed'] })
    },

    check: async () => [],
    ...rules,
  }
}

/** A type of providers that can be kept as data: its options name the issuer. */
export function standInType(options: { readonly id: string; readonly issuer?: Json }): StandIn {
  if (typeof options.issuer !== 'string') throw new AuthError('invalid_setting', { detail: '`issuer` is missing' })
  return standIn(options.id, { label: options.issuer })
}
