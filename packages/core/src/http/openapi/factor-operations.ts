import { operation, type Operation, type Operations } from './operation.ts'
import { object, oneOf, page, shape, text, texts } from './shapes.ts'

const result = { 200: oneOf('Unlocked', 'Locked') }
const enrolled = { 200: { anyOf: ['EnrolledUnlocked', 'EnrolledLocked', 'Enrolled'].map(shape) } }
const proof = ['invalid_code', 'conflict', 'too_many_attempts'] as const
const answer = { type: 'object', additionalProperties: true }

/** Second factors, what stands in for them, and passkeys as a whole log-in. */
export const factorOperations: Operations = {
  'GET /factors': operation('listFactors', 'Lists the factors', 'session', {
    200: object({ items: { type: 'array', items: shape('Factor') } }),
  }),
  'DELETE /factors/:id': operation('removeFactor', 'Removes a factor', 'changing', { 204: undefined }, [
    'factor_required',
  ]),
  'POST /factors/totp': operation('beginTotp', 'Begins with an authenticator application', 'enrolling', {
    200: object({ secret: text, uri: text, qr: text }),
  }),
  'POST /factors/totp/confirm': operation(
    'confirmTotp',
    'Enrols an authenticator application by its code',
    'enrolling',
    enrolled,
    proof,
  ),
  'POST /factors/recovery-codes': operation(
    'makeRecoveryCodes',
    'Makes recovery codes, shown this once',
    'enrolling',
    { 200: object({ codes: texts, factor: shape('Factor') }) },
    ['conflict'],
  ),
  'POST /factors/passkeys/options': operation('beginPasskey', 'Begins with a passkey', 'enrolling', {
    200: shape('PasskeyCreation'),
  }),
  'POST /factors/passkeys': operation('addPasskey', 'Enrols the passkey that was made', 'enrolling', enrolled, proof),
  'POST /factors/email': operation(
    'beginEmailCodes',
    'Begins with codes by e-mail: sends one',
    'enrolling',
    { 200: object({}) },
    ['conflict', 'too_many_attempts'],
  ),
  'POST /factors/email/confirm': operation('confirmEmailCodes', 'Enrols codes by e-mail', 'enrolling', enrolled, proof),
  'POST /factors/sms': operation(
    'beginSmsCodes',
    'Begins with codes by SMS: sends one',
    'enrolling',
    {
      200: object({}),
    },
    ['conflict', 'too_many_attempts'],
  ),
  'POST /factors/sms/confirm': operation('confirmSmsCodes', 'Enrols codes by SMS', 'enrolling', enrolled, proof),
  'POST /login/passkey/options': operation('beginPasskeyLogIn', 'Begins a log-in with a passkey', 'anybody', {
    200: shape('PasskeyRequest'),
  }),
  'POST /login/passkey': operation('logInWithPasskey', 'Logs in with a passkey', 'anybody', result, [
    'invalid_credentials',
    'too_many_attempts',
  ]),
  'POST /enrolment/send': operation(
    'sendEnrolmentTicket',
    'Sends a ticket to enrol with',
    'locked',
    { 202: undefined },
    ['too_many_attempts'],
  ),
  'POST /enrolment': operation(
    'redeemEnrolmentTicket',
    'Redeems a ticket to enrol with',
    'locked',
    { 200: shape('Locked') },
    ['invalid_code', 'too_many_attempts'],
  ),
  'GET /trusted-devices': operation(
    'listTrustedDevices',
    'Lists the browsers that are not asked for a second factor',
    'session',
    { 200: page('TrustedDevice') },
    [],
    ['cursor'],
  ),
  'DELETE /trusted-devices/:id': operation('revokeTrustedDevice', 'Trusts a browser no more', 'session', {
    204: undefined,
  }),
}

/** What is known of the route of a factor that an application has made itself. */
export function ownFactorOperation(path: string): Operation {
  const words = path.split(/[^A-Za-z\d]+/).filter((word) => word !== '')
  const id = ['post', ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('')
  const caller = path.startsWith('/login/') ? 'anybody' : 'enrolling'
  return operation(id, 'A step of a factor of this application', caller, { 200: answer }, [
    'invalid_credentials',
    'conflict',
    'too_many_attempts',
  ])
}
