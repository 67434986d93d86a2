import type { Reply } from '@sallyport/core'

/** What every answer of ours says: it is for nobody else, and for no frame. */
const always: Reply['headers'] = [
  ['Cache-Control', 'no-store'],
  // Not `no-referrer`: with it a form would be sent from the origin `null`.
  ['Referrer-Policy', 'same-origin'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
]

/** What a page may load: nothing but what bears the nonce of this very answer. */
export interface Policy {
  readonly nonce: string
  /** Origins of pictures besides our own. */
  readonly pictures: readonly string[]
}

/** A page. */
export function document(
  status: number,
  text: string,
  { nonce, pictures }: Policy,
  more: Reply['headers'] = [],
): Reply {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    `img-src ${["'self'", 'data:', ...pictures].join(' ')}`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  const headers: Reply['headers'] = [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Content-Security-Policy', policy.join('; ')],
    ['Permissions-Policy', 'camera=(), microphone=(), geolocation=()'],
  ]
  return { status, headers: [...headers, ...always, ...more], body: text }
}

/** Another address to get. */
export function redirect(to: string, more: Reply['headers'] = []): Reply {
  return { status: 303, headers: [['Location', to], ...always, ...more], body: undefined }
}

/** JSON, for our own script. */
export function json(body: unknown): Reply {
  return { status: 200, headers: [['Content-Type', 'application/json'], ...always], body: JSON.stringify(body) }
}

/** A file under an address that changes with its content. */
export function file(type: string, text: string): Reply {
  const headers: Reply['headers'] = [
    ['Content-Type', `${type}; charset=utf-8`],
    ['Cache-Control', 'public, max-age=31536000, immutable'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
  ]
  return { status: 200, headers, body: text }
}
