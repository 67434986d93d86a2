import { operation, type Operations } from './operation.ts'
import { instant, object, oneOf, page, shape, text } from './shapes.ts'

const result = { 200: oneOf('Unlocked', 'Locked') }
const asked = { 200: { type: 'object', additionalProperties: true, description: 'What the factor asks.' } }
const issued = object({ apiToken: shape('ApiToken'), token: text })
const guess = 'too_many_attempts'

/** The session, API tokens and links. */
export const sessionOperations: Operations = {
  'POST /login': operation('logIn', 'Logs in with a password', 'anybody', result, ['invalid_credentials', guess]),
  'POST /unlock/begin': operation('beginUnlock', 'Asks for what a second factor needs', 'locked', asked, [guess]),
  'POST /unlock': operation('unlock', 'Passes the second door', 'locked', result, ['invalid_code', guess]),
  'GET /session': operation(
    'getSession',
    'Says whose the request is',
    'token',
    { 200: oneOf('Caller', 'Locked', 'Anonymous') },
    ['invalid_token', 'expired_token', 'too_many_requests'],
  ),
  'POST /logout': operation('logOut', 'Ends the session', 'token', { 204: undefined }, [
    'invalid_token',
    'expired_token',
    'session_required',
  ]),
  'GET /sessions': operation('listSessions', 'Lists the sessions', 'session', { 200: page('Session') }, [], ['cursor']),
  'DELETE /sessions/:id': operation('revokeSession', 'Ends one session', 'session', { 204: undefined }),
  'POST /sessions/revoke-others': operation('revokeOtherSessions', 'Ends all other sessions', 'session', {
    204: undefined,
  }),
  'POST /reauthenticate/begin': operation(
    'beginReauthentication',
    'Asks for what a factor needs for a step-up',
    'session',
    asked,
    [guess],
  ),
  'POST /reauthenticate': operation('reauthenticate', 'Proves a session anew', 'session', result, [
    'invalid_credentials',
    'invalid_code',
    guess,
  ]),
  'POST /api-tokens': operation('issueApiToken', 'Issues an API token, shown this once', 'recent', { 201: issued }, [
    'conflict',
  ]),
  'GET /api-tokens': operation(
    'listApiTokens',
    'Lists the API tokens',
    'session',
    { 200: page('ApiToken') },
    [],
    ['cursor'],
  ),
  'POST /api-tokens/:id/rotate': operation(
    'rotateApiToken',
    'Gives an API token a new secret',
    'recent',
    {
      200: issued,
    },
    ['conflict'],
  ),
  'DELETE /api-tokens/:id': operation('revokeApiToken', 'Ends an API token', 'session', { 204: undefined }),
  'POST /url-tokens': operation(
    'issueUrlToken',
    'Makes a link that needs no other credential',
    'session',
    { 201: object({ url: text, expiresAt: instant }) },
    ['not_found'],
  ),
}
