import { readFileSync } from 'node:fs'
import type { Evidence, MappedProfile, Provider } from '@sallyport/core'
import { AuthError } from '@sallyport/core'
import * as v from 'valibot'
import { EnvironmentError } from './environment-error.ts'

/** The options of a provider's package, and what the example adds to them. */
interface Options {
  readonly id: string
  /** SAML: the file that holds the provider's metadata. */
  readonly metadataFile?: string | undefined
  /** SAML: the attributes that hold user name, display name and address. */
  readonly attributes?: Readonly<Partial<Record<'username' | 'displayName' | 'email', string | undefined>>> | undefined
  readonly [option: string]: unknown
}

/** A provider as PROVIDERS writes it down. */
export interface ProviderOptions extends Options {
  readonly type: 'oidc' | 'oauth2' | 'saml' | 'ldap'
  /** The roles of whoever comes for the first time: `reader` by default. */
  readonly newUserRoles?: readonly string[] | undefined
}

const text = v.string('must be a text')
const list = v.array(
  v.looseObject({
    type: v.picklist(['oidc', 'oauth2', 'saml', 'ldap'], 'must be oidc, oauth2, saml or ldap'),
    id: text,
    newUserRoles: v.optional(v.array(text, 'must be a list')),
    metadataFile: v.optional(text),
    attributes: v.optional(v.partial(v.object({ username: text, displayName: text, email: text }))),
  }),
  'must be a list',
)

const mend = `write JSON, as in [{"type":"oidc","id":"acme","issuer":"https://login.acme.example","clientId":"…"}]`

/** Reads PROVIDERS. What only a provider's package can judge is left to it. */
export function readProviders(json = ''): readonly ProviderOptions[] {
  if (json === '') return []
  // Not quoted: there are secrets in it.
  const result = v.safeParse(list, parseJson(json))
  if (result.success) return result.output
  const [issue] = result.issues
  const place = v.getDotPath(issue)
  const mistake = issue.input === undefined ? 'is missing' : issue.message
  if (place !== null) throw new EnvironmentError('PROVIDERS', `has a mistake: ${place} ${mistake}`, mend)
  throw new EnvironmentError('PROVIDERS', issue.input === undefined ? 'is not JSON' : issue.message, mend)
}

/** The providers, made by their packages; each package is loaded only when it is used. */
export function openProviders(options: readonly ProviderOptions[]): Promise<readonly Provider[]> {
  return Promise.all(options.map(openProvider))
}

async function openProvider({ type, newUserRoles = ['reader'], ...options }: ProviderOptions): Promise<Provider> {
  try {
    const provider = await makers[type](options)
    // A directory's groups may say which roles somebody has; the others say who somebody is.
    return 'roles' in options ? provider : withFirstRoles(provider, newUserRoles)
  } catch (error) {
    if (error instanceof EnvironmentError) throw error
    const reason = error instanceof AuthError ? error.detail : error instanceof Error ? error.message : String(error)
    throw new EnvironmentError('PROVIDERS', `has the provider ${JSON.stringify(options.id)} (${reason})`, 'mend it')
  }
}

// Options out of a text: the packages look at them themselves.
const makers: Readonly<Record<ProviderOptions['type'], (options: Options) => Promise<Provider>>> = {
  oidc: async (options) => (await import('@sallyport/oidc')).oidc(options as never),
  oauth2: async (options) => (await import('@sallyport/oidc')).oauth2(options as never),
  ldap: async (options) => (await import('@sallyport/ldap')).ldap(options as never),

  async saml({ metadataFile, attributes, ...options }) {
    const { readIdpMetadata, saml } = await import('@sallyport/saml')
    const metadata = metadataFile === undefined ? {} : readIdpMetadata(readFileSync(metadataFile, 'utf8'))
    return saml({ ...metadata, ...options, profile: fromAttributes(attributes) } as never)
  },
}

function fromAttributes(names: Options['attributes'] = {}): (claims: Evidence['claims']) => MappedProfile {
  return (claims) =>
    Object.fromEntries(Object.entries(names).map(([name, attribute]) => [name, firstOf(claims[attribute ?? ''])]))
}

function firstOf(claim: Evidence['claims'][string] | undefined): string | undefined {
  const first: unknown = Array.isArray(claim) ? claim[0] : claim
  return typeof first === 'string' ? first : undefined
}

/** The provider, with roles for whoever comes for the first time. Who is there already keeps theirs. */
function withFirstRoles(provider: Provider, roles: readonly string[]): Provider {
  const given = (evidence: Evidence): Evidence => {
    const profile = provider.profile?.(evidence.claims) ?? evidence.profile
    return { ...evidence, profile: { ...profile, roles } }
  }
  const rules = { mapOn: 'first', profile: undefined } as const
  if (provider.protocol === 'ldap') {
    return {
      ...provider,
      ...rules,
      async logIn(credentials, context) {
        const evidence = await provider.logIn(credentials, context)
        return evidence && given(evidence)
      },
    }
  }
  return { ...provider, ...rules, finish: async (answer, context) => given(await provider.finish(answer, context)) }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
