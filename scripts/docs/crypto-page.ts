import { lifeMs as linkLifeMs } from '../../packages/core/src/account/links.ts'
import { defaultApiToken, lockedLifetimeMs, sessionPresets } from '../../packages/core/src/checked-settings.ts'
import { lifetimeMs as exchangeLifeMs } from '../../packages/core/src/exchange.ts'
import { lifetimeMs as markerLifeMs } from '../../packages/core/src/known-device.ts'
import { lifeMs as codeLifeMs } from '../../packages/core/src/factors/delivered-codes.ts'
import { defaultArgon2 } from '../../packages/core/src/factors/password-hash.ts'
import { alphabet, randomLength } from '../../packages/core/src/factors/recovery-codes.ts'
import { secretBytes as totpBytes } from '../../packages/core/src/factors/totp.ts'
import { defaultTotp, stepMs } from '../../packages/core/src/factors/totp-code.ts'
import { keyLengths, keyNamespace, seals, secretBytes } from '../../packages/core/src/keys.ts'
import { flowLifetimeMs } from '../../packages/core/src/provider-flow.ts'
import { tokenBytes, tokenKinds } from '../../packages/core/src/token.ts'
import { signingAlgorithms } from '../../packages/oidc/src/settings.ts'
import { algorithms as xmlAlgorithms } from '../../packages/saml/src/envelope.ts'
import { prose } from './prose.ts'

const uses: Readonly<Record<keyof typeof keyLengths, string>> = {
  tag: 'two characters that name the key in stamps and seals; no secret',
  stamp:
    'HMAC-SHA-256, cut to 64 bits, over each token: a filter in front of the storage, never the proof; over the marker of a known device, which is no credential',
  seal: 'AES-256-GCM for what must be read again: TOTP secrets, options of providers, log-ins under way, what a page carries to its next form',
  audit: 'HMAC-SHA-256 chain over the lines of an exported audit trail',
  'audit-checkpoint': 'HMAC-SHA-256 signature of its checkpoints',
}

/** Bits of secrecy of what is guessed online or kept as a fast hash. */
export const strengths: Readonly<Record<string, number>> = {
  'secret of a token': tokenBytes.secret * 8,
  'id of a token': tokenBytes.id * 8,
  '`secret`, at least': secretBytes * 8,
  'key of seals': keyLengths.seal * 8,
  'key of stamps': keyLengths.stamp * 8,
  'keys of the audit trail': Math.min(keyLengths.audit, keyLengths['audit-checkpoint']) * 8,
  'tag of a seal': seals.tagBytes * 8,
  'TOTP secret': totpBytes * 8,
}

/** The inventory of cryptography. */
export function cryptoPage(): string {
  const { memoryCost, timeCost, parallelism } = defaultArgon2
  const recoveryBits = Math.floor(randomLength * Math.log2(alphabet.length))
  const days = (ms: number | undefined) => describeMs(ms ?? 0)
  const sections = [
    prose('crypto'),
    '## Keys',
    table(
      ['label', 'bytes', 'for'],
      Object.entries(keyLengths).map(([label, bytes]) => [
        `\`${keyNamespace}${label}\``,
        String(bytes),
        uses[label as keyof typeof keyLengths],
      ]),
    ),
    '## Algorithms',
    table(
      ['for', 'algorithm', 'parameters'],
      [
        ['keys', 'HKDF-SHA-256 (RFC 5869)', `from at least ${secretBytes} random bytes`],
        ['secrets of tokens, at rest', 'SHA-256', `of ${tokenBytes.secret * 8} random bits`],
        ['stamps, audit trail', 'HMAC-SHA-256 (RFC 2104)', '64 bits; 256 bits'],
        [
          'seals',
          `${seals.algorithm.toUpperCase()} (NIST SP 800-38D)`,
          `random nonce of ${seals.nonceBytes * 8} bits, tag of ${seals.tagBytes * 8}; kind, id and owner of the entry as additional data`,
        ],
        [
          'passwords, recovery codes, delivered codes',
          'argon2id (RFC 9106)',
          `m = ${memoryCost} KiB, t = ${timeCost}, p = ${parallelism}`,
        ],
        [
          'TOTP',
          `HMAC-${defaultTotp.algorithm.toUpperCase()} (RFC 6238)`,
          `${defaultTotp.digits} digits, ${stepMs / 1000} s`,
        ],
        ['PKCE', 'SHA-256 (RFC 7636, S256)', ''],
      ],
    ),
    '## Sizes',
    table(
      ['what', 'bits'],
      [
        ...Object.entries(strengths).map(([name, bits]) => [name, String(bits)]),
        ['recovery code, under argon2id', String(recoveryBits)],
      ],
    ),
    '## Lifetimes',
    table(
      ['what', 'life, by default'],
      [
        ['session', days(sessionPresets.default.lifetimeMs)],
        [
          'session, preset `nist-aal2`',
          `${days(sessionPresets['nist-aal2'].lifetimeMs)}, ${days(sessionPresets['nist-aal2'].idleMs)} idle`,
        ],
        ['API token', days(defaultApiToken.lifetimeMs)],
        ['old secret of a rotated API token', days(defaultApiToken.overlapMs)],
        ['locked token', days(lockedLifetimeMs)],
        ['code by e-mail or SMS', days(codeLifeMs)],
        ['log-in under way at a provider', days(flowLifetimeMs)],
        ['exchange code', days(exchangeLifeMs)],
        ['marker of a known device', days(markerLifeMs)],
        ...Object.entries(linkLifeMs).map(([purpose, ms]) => [`link: ${purpose}`, days(ms)]),
      ],
    ),
    `Kinds of tokens, by their letter: ${Object.entries(tokenKinds)
      .map(([letter, kind]) => `\`${letter}\` ${kind}`)
      .join(', ')}.`,
    '## What is accepted from others',
    table(
      ['from', 'algorithms'],
      [
        ['OpenID Connect', signingAlgorithms.join(', ')],
        ...['SignatureMethod', 'DigestMethod'].map((name) => [
          `SAML, ${name}`,
          [...(xmlAlgorithms[name] ?? [])].map((uri) => uri.split('#')[1]).join(', '),
        ]),
        ['imported password hashes', 'argon2, bcrypt, scrypt, PBKDF2: verified, and hashed anew at the next log-in'],
      ],
    ),
  ]
  return `${sections.join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function describeMs(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const
  const [size, name] = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? [1, 'millisecond']
  return `${ms / size} ${name}${ms === size ? '' : 's'}`
}
