import type { Auth } from '@sallyport/core'
import { type Finding, lookAt, reporter } from './finding.ts'

const { ok, advice, error } = reporter('providers')

/** A dry run of every identity provider, and what is advised for its users. */
export async function lookAtProviders(auth: Auth, progress: (text: string) => void): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const { id, protocol, maxSinceLoginMs } of await auth.operator.providers()) {
    progress(`asking ${id}`)
    findings.push(...(await lookAt('providers', () => dryRun(auth, id))))
    if (maxSinceLoginMs !== undefined) continue
    findings.push(
      advice(
        `${id}: whoever has left there stays here, with sessions and API tokens, until somebody says so (${protocol}).`,
        'maxSinceLoginMs: 30 * 24 * 60 * 60_000 suspends who has not logged in there for 30 days and has no other way in',
      ),
    )
  }
  return findings
}

async function dryRun(auth: Auth, id: string): Promise<readonly Finding[]> {
  const tried = await auth.providers.check(id)
  return tried.map(({ name, ok: isGood, detail }) => {
    const text = `${id}: ${name}: ${detail}`
    return isGood ? ok(text) : error(text, `mend what ${id} is configured with, there or here`)
  })
}
