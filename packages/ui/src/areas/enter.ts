import type { Locked, Unlocked } from '@sallyport/core'
import type { PageRequest } from '../request.ts'
import type { Outcome } from '../outcome.ts'

/** A log-in or an unlock has come to something: its cookies, and on to the second door or to where somebody wanted to go. */
export function enter({ auth, site }: PageRequest, result: Unlocked | Locked, to: string): Outcome {
  const cookies = cookiesOf(auth, result)
  return { cookies, to: result.status === 'locked' ? site.url('/unlock', { return: to }) : to }
}

/** What a browser keeps of a log-in. */
export function cookiesOf(
  { cookies }: Pick<PageRequest['auth'], 'cookies'>,
  result: Unlocked | Locked,
): readonly string[] {
  if (result.status === 'locked') return [cookies.token(result)]
  const { device, marker } = result
  return [
    cookies.token(result),
    ...(device === undefined ? [] : [cookies.device(device)]),
    ...(marker === undefined ? [] : [cookies.known(marker)]),
  ]
}

/** Ends what the cookie held before: the new token takes its place in the browser. */
export async function endReplaced({ auth, person, client }: PageRequest): Promise<void> {
  if (person.token !== undefined) await auth.end(person.token, 'replaced', client)
}
