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
  User: object(user),
  Session: object({
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
  Impersonator: object({ userId: text }),
  ApiToken: object({
    id: text,
    name: text,
    createdAt: instant,
    expiresAt: instantOrNull,
    lastUsedAt: instantOrNull,
    rotatedAt: instantOrNull,
    previousExpiresAt: instantOrNull,
    scopes: { type: ['array', 'null'], items: text },
  }),
  Assurance: object({
    level: { enum: [1, 2] },
    methods: texts,
    provenAt: { type: 'object', additionalProperties: instant },
    authenticatedAt: instant,
  }),
  Unlocked: object(unlocked),
  Locked: object(locked),
  Anonymous: object({ status: { const: 'anonymous' }, 'detail?': text }),
  Caller: object({
    status: { const: 'unlocked' },
    user: shape('User'),
    permissions: texts,
    'session?': shape('Session'),
    'apiToken?': shape('ApiToken'),
    'assurance?': shape('Assurance'),
    'impersonator?': shape('Impersonator'),
  }),
  Factor: object(
    { id: text, factor: text, name: textOrNull, createdAt: instant, lastUsedAt: instantOrNull },
    { ...open, description: 'With what its kind says of itself.' },
  ),
  EnrolledUnlocked: object({ ...unlocked, 'factor?': shape('Factor') }),
  EnrolledLocked: object({ ...locked, 'factor?': shape('Factor') }),
  Enrolled: object(
    { factor: shape('Factor') },
    { description: 'Enrolled, where the session was renewed or ended meanwhile by somebody else.' },
  ),
  PasskeyCreation: object({ challenge: text }, { ...open, description: 'PublicKeyCredentialCreationOptionsJSON' }),
  PasskeyRequest: object({ challenge: text }, { ...open, description: 'PublicKeyCredentialRequestOptionsJSON' }),
  TrustedDevice: object(device),
  Provider: object({ id: text, label: text, protocol: text }),
  Identity: object({
    id: text,
    provider: text,
    issuer: text,
    subject: text,
    name: textOrNull,
    createdAt: instant,
    lastLoginAt: instantOrNull,
  }),
  MfaPolicy: { anyOf: [{ enum: ['off', 'optional', 'required'] }, object({ required: texts })] },
  AdministeredUser: object({
    ...user,
    createdAt: instantOrNull,
    disabledAt: instantOrNull,
    disabled: flag,
    mfa: { anyOf: [shape('MfaPolicy'), { type: 'null' }] },
    hasPassword: flag,
  }),
  Invitation: object({ sentTo: textOrNull, expiresAt: instant, 'link?': text }),
  Revocable: object({
    kind: { enum: ['sessions', 'apiTokens'] },
    id: text,
    userId: text,
    createdAt: instant,
    address: textOrNull,
    userAgent: textOrNull,
  }),
  Event: object(
    {
      id: text,
      type: text,
      at: instant,
      outcome: { enum: ['success', 'failure'] },
      'address?': text,
      'userAgent?': text,
    },
    { ...open, description: 'With what its type says.' },
  ),
  Requirement: object({ 'within?': { type: 'number' }, 'assurance?': { enum: [1, 2] }, 'methods?': texts }),
  Code: { enum: Object.keys(refusals) },
  Problem: object(
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
    { ...open, description: 'A problem document (RFC 9457); `code` is stable.' },
  ),
}
