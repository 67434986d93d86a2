import { refusals } from '../../errors.ts'
import type { JsonSchema } from './json-schema.ts'

/** A text. */
export const text: JsonSchema = { type: 'string' }
/** A list of texts. */
export const texts: JsonSchema = { type: 'array', items: text }
/** True or false. */
export const flag: JsonSchema = { type: 'boolean' }
/** How many. */
export const count: JsonSchema = { type: 'integer', minimum: 0 }
/** A time in ISO 8601, in UTC. */
export const instant: JsonSchema = { type: 'string', format: 'date-time' }
const textOrNull: JsonSchema = { type: ['string', 'null'] }
const instantOrNull: JsonSchema = { type: ['string', 'null'], format: 'date-time' }

/** An object; names that end in a question mark may be absent. */
export function object(members: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema {
  const names = Object.keys(members)
  const required = names.filter((name) => !name.endsWith('?'))
  const properties = Object.fromEntries(names.map((name) => [name.replace('?', ''), members[name]]))
  return { type: 'object', properties, ...(required.length > 0 && { required }), ...more }
}

/** One of the shapes by its name. */
export function shape(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

/** One of several shapes. */
export function oneOf(...names: readonly string[]): JsonSchema {
  return { oneOf: names.map(shape) }
}

/** A page of a shape. */
export function page(name: string): JsonSchema {
  return object({ items: { type: 'array', items: shape(name) }, 'next?': text })
}

const open = { additionalProperties: true }

function named(description: string, members: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema {
  return object(members, { description, ...more })
}

const user = {
  id: text,
  username: text,
  'displayName?': text,
  'email?': text,
  'emailVerified?': flag,
  roles: texts,
}
const device = {
  id: text,
  createdAt: instant,
  lastUsedAt: instant,
  expiresAt: instant,
  address: textOrNull,
  userAgent: textOrNull,
}
const unlocked = {
  status: { const: 'unlocked' },
  user: shape('User'),
  permissions: texts,
  session: shape('Session'),
  assurance: shape('Assurance'),
  'token?': text,
}
const locked = {
  status: { const: 'locked' },
  factors: texts,
  'enrol?': texts,
  'needsTicket?': flag,
  expiresAt: instant,
  'token?': text,
}

/** What answers are made of, by name. Tests hold every answer against them. */
export const shapes: Readonly<Record<string, JsonSchema>> = {
  User: named('A user, as they may be seen.', user),
  Session: named('A session; `current` in a list, for the one that asks.', {
    id: text,
    'current?': flag,
    createdAt: instant,
    authenticatedAt: instant,
    lastSeenAt: instant,
    expiresAt: instantOrNull,
    address: textOrNull,
    userAgent: textOrNull,
    methods: texts,
    'impersonator?': shape('Impersonator'),
  }),
  Impersonator: named('Who acts in the place of a user.', { userId: text }),
  ApiToken: named('An API token; `scopes` is `null` where it inherits every permission.', {
    id: text,
    name: text,
    createdAt: instant,
    expiresAt: instantOrNull,
    lastUsedAt: instantOrNull,
    rotatedAt: instantOrNull,
    previousExpiresAt: instantOrNull,
    scopes: { type: ['array', 'null'], items: text },
  }),
  Assurance: named('What was proven, and when.', {
    level: { enum: [1, 2] },
    methods: texts,
    provenAt: { type: 'object', additionalProperties: instant },
    authenticatedAt: instant,
  }),
  Unlocked: named('Both doors are open: a session has begun, or goes on under a new token.', unlocked),
  Locked: named('The first door is open: `factors` would open the second, or `enrol` may be enrolled.', locked),
  Anonymous: named('No credential was sent.', { status: { const: 'anonymous' }, 'detail?': text }),
  Caller: named('Whose an unlocked token is: that of a session or an API token.', {
    status: { const: 'unlocked' },
    user: shape('User'),
    permissions: texts,
    'session?': shape('Session'),
    'apiToken?': shape('ApiToken'),
    'assurance?': shape('Assurance'),
    'impersonator?': shape('Impersonator'),
  }),
  Factor: named(
    'A factor that is enrolled, with what its kind says of itself.',
    { id: text, factor: text, name: textOrNull, createdAt: instant, lastUsedAt: instantOrNull },
    open,
  ),
  EnrolledUnlocked: named('A session under a new token, and the factor that is enrolled now.', {
    ...unlocked,
    'factor?': shape('Factor'),
  }),
  EnrolledLocked: named('The factor is enrolled now, and policy asks for another.', {
    ...locked,
    'factor?': shape('Factor'),
  }),
  Enrolled: named('The factor is enrolled now, and the session was renewed or ended meanwhile by somebody else.', {
    factor: shape('Factor'),
  }),
  PasskeyCreation: named('WebAuthn creation options in JSON.', { challenge: text }, open),
  PasskeyRequest: named('WebAuthn request options in JSON.', { challenge: text }, open),
  TrustedDevice: named('A browser that is not asked for a second factor.', device),
  Provider: named('An identity provider.', { id: text, label: text, protocol: text }),
  Identity: named('An identity at a provider.', {
    id: text,
    provider: text,
    issuer: text,
    subject: text,
    name: textOrNull,
    createdAt: instant,
    lastLoginAt: instantOrNull,
  }),
  MfaPolicy: {
    description: 'Which second factors are asked for.',
    anyOf: [{ enum: ['off', 'optional', 'required'] }, object({ required: texts })],
  },
  AdministeredUser: named('A user as an administrator sees them.', {
    ...user,
    createdAt: instantOrNull,
    disabledAt: instantOrNull,
    disabled: flag,
    mfa: { anyOf: [shape('MfaPolicy'), { type: 'null' }] },
    hasPassword: flag,
  }),
  Invitation: named('Where a link went; `link` only where there was no address to send it to.', {
    sentTo: textOrNull,
    expiresAt: instant,
    'link?': text,
  }),
  Revocable: named('A session or an API token that meets a condition.', {
    kind: { enum: ['sessions', 'apiTokens'] },
    id: text,
    userId: text,
    createdAt: instant,
    address: textOrNull,
    userAgent: textOrNull,
  }),
  RecordedEvent: named(
    'An event, with what its type says.',
    {
      id: text,
      type: text,
      at: instant,
      outcome: { enum: ['success', 'failure'] },
      'address?': text,
      'userAgent?': text,
    },
    open,
  ),
  Requirement: named('What would satisfy: an age in milliseconds, a level, methods.', {
    'within?': { type: 'number' },
    'assurance?': { enum: [1, 2] },
    'methods?': texts,
  }),
  Code: { description: 'Why something was refused; stable.', enum: Object.keys(refusals) },
  Problem: named(
    'A problem document (RFC 9457); `code` is stable.',
    {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: shape('Code'),
      'detail?': text,
      'permission?': text,
      'reason?': text,
      'requirement?': shape('Requirement'),
    },
    open,
  ),
}
