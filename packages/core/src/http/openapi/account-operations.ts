import { operation, type Operations } from './operation.ts'
import { flag, count, instant, object, page, shape, text } from './shapes.ts'

const user = object({ user: shape('User') })
const administered = { 200: object({ user: shape('AdministeredUser') }) }
const done = { 204: undefined }
const sent = { 202: undefined }
const guess = 'too_many_attempts'
const paging = ['cursor', 'limit'] as const
const sample = { type: 'array', items: shape('Revocable') }

/** Registration, passwords and addresses; the user's own events. */
export const accountOperations: Operations = {
  'POST /register': operation(
    'register',
    'Registers a user, or begins to',
    'anybody',
    {
      201: user,
      202: object({ status: { const: 'pending' }, 'flow?': text, 'expiresAt?': instant }),
    },
    ['not_found', 'password_refused', 'username_taken', guess],
  ),
  'POST /register/confirm': operation('confirmRegistration', 'Registers a user by a code', 'anybody', { 201: user }, [
    'invalid_code',
    'password_refused',
    guess,
  ]),
  'POST /password/forgot': operation('forgotPassword', 'Sends a link to choose a password', 'anybody', sent, [guess]),
  'POST /password/reset': operation('resetPassword', 'Chooses a password by such a link', 'anybody', done, [
    'invalid_code',
    'password_refused',
  ]),
  'POST /password/change': operation('changePassword', 'Changes the password', 'changing', { 200: shape('Unlocked') }, [
    'invalid_credentials',
    'password_refused',
    'conflict',
    guess,
  ]),
  'POST /email/verify': operation('verifyEmail', 'Proves the address by a link or a code', 'token', done, [
    'unauthenticated',
    'invalid_token',
    'expired_token',
    'token_locked',
    'session_required',
    'invalid_code',
    'conflict',
    guess,
  ]),
  'POST /email/verify/send': operation('sendEmailVerification', 'Sends such a link or code', 'session', sent, [guess]),
  'POST /email/change': operation('changeEmail', 'Asks for another address', 'changing', sent, [guess]),
  'POST /email/change/confirm': operation('confirmEmailChange', 'Proves the other address', 'changing', done, [
    'invalid_code',
    'conflict',
    guess,
  ]),
  'GET /events': operation(
    'listEvents',
    'Lists the own events, newest first',
    'session',
    { 200: page('RecordedEvent') },
    ['not_found'],
    paging,
  ),
}

/** Administration. */
export const adminOperations: Operations = {
  'GET /admin/users': operation(
    'listUsers',
    'Lists or searches users',
    'administrator',
    { 200: page('AdministeredUser') },
    [],
    ['search', ...paging],
  ),
  'POST /admin/users': operation(
    'createUser',
    'Makes a user, who is invited to choose a password',
    'administrator',
    { 201: object({ user: shape('AdministeredUser'), invitation: shape('Invitation') }) },
    ['username_taken'],
  ),
  'GET /admin/users/:id': operation('getUser', 'Shows a user', 'administrator', administered),
  'PATCH /admin/users/:id': operation('changeUser', 'Changes a user', 'administrator', administered, ['conflict']),
  'DELETE /admin/users/:id': operation('deleteUser', 'Deletes a user', 'administrator', done, ['conflict']),
  'POST /admin/users/:id/reset-password': operation('offerPassword', 'Sends a link for a password', 'administrator', {
    200: shape('Invitation'),
  }),
  'POST /admin/users/:id/enrolment-ticket': operation(
    'issueEnrolmentTicket',
    'Makes a ticket to enrol a second factor with',
    'administrator',
    { 201: object({ ticket: text, expiresAt: instant }) },
  ),
  'POST /admin/users/:id/clear-attempts': operation('clearAttempts', 'Lets a user try again', 'administrator', done),
  'GET /admin/users/:id/sessions': operation(
    'listSessionsOfUser',
    'Lists the sessions of a user',
    'administrator',
    { 200: page('Session') },
    [],
    paging,
  ),
  'DELETE /admin/users/:id/sessions/:session': operation(
    'revokeSessionOfUser',
    'Ends a session of a user',
    'administrator',
    done,
  ),
  'GET /admin/users/:id/api-tokens': operation(
    'listApiTokensOfUser',
    'Lists the API tokens of a user',
    'administrator',
    { 200: page('ApiToken') },
    [],
    paging,
  ),
  'DELETE /admin/users/:id/api-tokens/:token': operation(
    'revokeApiTokenOfUser',
    'Ends an API token of a user',
    'administrator',
    done,
  ),
  'POST /admin/users/:id/revoke-sessions': operation(
    'revokeSessionsOfUser',
    'Ends all sessions of a user',
    'administrator',
    done,
  ),
  'POST /admin/users/:id/revoke-api-tokens': operation(
    'revokeApiTokensOfUser',
    'Ends all API tokens of a user',
    'administrator',
    done,
  ),
  'POST /admin/users/:id/reset-factors': operation(
    'resetFactors',
    'Removes all factors of a user',
    'administrator',
    done,
  ),
  'POST /admin/users/:id/impersonate': operation(
    'impersonate',
    'Acts in the place of a user',
    'administrator',
    { 200: shape('Unlocked') },
    ['own_session_required', 'conflict'],
  ),
  'POST /admin/revoke': operation('revoke', 'Ends, in batches, what meets a condition', 'administrator', {
    200: object({ dryRun: flag, examined: count, matched: count, revoked: count, sample, 'next?': text }),
  }),
  'POST /admin/revoke-everyone': operation('revokeEveryone', 'Ends, in batches, what everybody has', 'administrator', {
    200: object({ users: count, 'next?': text }),
  }),
  'GET /admin/events': operation(
    'listEventsOfUsers',
    'Lists the events of everybody, newest first',
    'administrator',
    { 200: page('RecordedEvent') },
    ['not_found'],
    ['user', ...paging],
  ),
}
