import { operation, type Operations } from './operation.ts'
import { object, oneOf, shape, text } from './shapes.ts'

const items = (name: string) => object({ items: { type: 'array', items: shape(name) } })
const redirect = object({ redirectTo: text })
const directory = ['invalid_credentials', 'too_many_attempts', 'return_to_not_allowed'] as const

/** Third-party login, and the identities of a user. */
export const providerOperations: Operations = {
  'GET /providers': operation('listProviders', 'Lists the identity providers', 'anybody', { 200: items('Provider') }),
  'GET /login/:provider': operation(
    'followLogIn',
    'Sends the browser to a provider',
    'anybody',
    { 303: undefined },
    ['return_to_not_allowed', 'too_many_attempts'],
    ['returnTo', 'challenge', 'state'],
  ),
  'POST /login/:provider': operation(
    'beginLogIn',
    'Begins a log-in at a provider; at a directory it is all of it',
    'anybody',
    { 200: { oneOf: [redirect, shape('Unlocked'), shape('Locked')] } },
    directory,
  ),
  'GET /callback/:provider': operation(
    'finishLogIn',
    'Takes what the provider has sent, and sends the browser on',
    'anybody',
    { 303: undefined },
    ['400 invalid_code'],
    ['state', 'code', 'handle'],
  ),
  'POST /callback/:provider': operation(
    'holdAnswer',
    'Holds what the provider has posted, and signs nobody in',
    'anybody',
    { 303: undefined },
    ['400 invalid_code', 'too_many_attempts'],
    [],
    { form: { type: 'object', additionalProperties: text } },
  ),
  'POST /exchange': operation(
    'exchangeCode',
    'Gives a token for a one-time code',
    'anybody',
    { 200: oneOf('Unlocked', 'Locked') },
    ['400 invalid_code'],
  ),
  'POST /backchannel-logout/:provider': operation(
    'endSessionsByProvider',
    'Ends the sessions that a provider names',
    'anybody',
    { 200: undefined },
    [],
    [],
    { form: object({ logout_token: text }, { additionalProperties: text }) },
  ),
  'GET /saml/:provider/metadata': operation(
    'getSamlMetadata',
    'Says what a SAML provider must know of us',
    'anybody',
    { 200: text },
    [],
    [],
    { mediaType: 'application/samlmetadata+xml' },
  ),
  'GET /identities': operation('listIdentities', 'Lists the federated identities', 'session', {
    200: items('Identity'),
  }),
  'POST /identities/:provider/link': operation(
    'linkIdentity',
    'Links an identity at a provider',
    'changing',
    { 200: { oneOf: [redirect, object({ identity: shape('Identity') })] } },
    ['conflict', ...directory],
  ),
  'DELETE /identities/:id': operation('unlinkIdentity', 'Unlinks an identity', 'changing', { 204: undefined }, [
    'last_way_in',
  ]),
  'POST /reauthenticate/:provider': operation(
    'beginReauthenticationAtProvider',
    'Proves a session anew at a provider',
    'session',
    { 200: { oneOf: [redirect, shape('Unlocked'), shape('Locked')] } },
    directory,
  ),
  'POST /logout/provider': operation('logOutAtProvider', 'Ends the session, here and at its provider', 'session', {
    200: redirect,
    204: undefined,
  }),
}
