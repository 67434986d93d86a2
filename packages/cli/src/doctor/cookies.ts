import type { Auth, SettingsInForce } from '@sallyport/core'
import { type Finding, reporter } from './finding.ts'

const { ok, error } = reporter('cookies')

/** The cookie as this build sets it. */
export async function lookAtCookies(auth: Auth, settings: SettingsInForce): Promise<readonly Finding[]> {
  const { origin, basePath } = settings
  const response = await auth.handle(
    new Request(`${origin}${basePath}/logout`, { method: 'POST', headers: { origin } }),
  )
  const lines = response?.headers.getSetCookie() ?? []
  return judgeCookies(lines, origin, 'as it is set')
}

/** Whether a browser at this origin would keep these cookies, and whether they are as safe as they were made. */
export function judgeCookies(lines: readonly string[], origin: string, seen: string): readonly Finding[] {
  const isSecure = origin.startsWith('https:')
  const name = isSecure ? '__Host-sallyport' : 'sallyport'
  const line = lines.find((text) => text.startsWith(`${name}=`))
  if (line === undefined) {
    const others = lines.map((text) => text.split('=')[0]).join(', ') || 'none'
    return [
      error(
        `The cookie ${name} is not there, ${seen}: there is ${others}.`,
        'let what stands in front of the server hand cookies on as they are',
      ),
    ]
  }
  const attributes = line
    .split(';')
    .slice(1)
    .map((part) => part.trim())
  const has = (attribute: string) => attributes.some((one) => one.toLowerCase() === attribute.toLowerCase())
  const faults = [
    !has('HttpOnly') && 'without HttpOnly any script of the page reads it',
    isSecure && !has('Secure') && 'without Secure a browser throws a __Host- cookie away',
    !has('Path=/') && 'without Path=/ a browser throws a __Host- cookie away',
    attributes.some((one) => /^domain=/i.test(one)) && 'with a Domain it goes to other hosts as well',
    !has('SameSite=Lax') && !has('SameSite=Strict') && 'without SameSite other sites send it along',
  ].filter((fault) => fault !== false)
  if (faults.length === 0)
    return [ok(`${name}: ${attributes.filter((one) => !/^max-age/i.test(one)).join('; ')}, ${seen}.`)]
  return faults.map((fault) =>
    error(`${name}, ${seen}: ${fault}.`, 'let what stands in front of the server hand `Set-Cookie` on as it is'),
  )
}
