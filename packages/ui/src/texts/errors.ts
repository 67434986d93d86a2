import { type ErrorCode, refusals } from '@sallyport/core'

type ErrorTexts = Readonly<Record<`error.${ErrorCode}`, string>>

/** What core says of its refusals, under ids of ours, so that they can be said in any language. */
export const errorTexts: ErrorTexts & Readonly<Record<'error.retry' | 'error.home' | 'error.page', string>> = {
  ...(Object.fromEntries(Object.entries(refusals).map(([code, [, text]]) => [`error.${code}`, text])) as ErrorTexts),
  // What core says to programs of tokens and bodies is no help to a person.
  'error.invalid_credentials': 'That did not match. Check what you have typed and try again.',
  'error.unauthenticated': 'You have been logged out, so nothing was done. Please log in to go on.',
  'error.invalid_token': 'You have been logged out. Please log in again.',
  'error.expired_token': 'Your session has ended. Please log in again.',
  'error.ambiguous_credentials': 'Your browser sent two sessions at once. Please log out and log in again.',
  'error.cross_site_request': 'This form was sent from another site, so nothing was done.',
  'error.step_up_required': 'Your password is not enough for this. Set up two-step verification first.',
  'error.factor_required': 'Two-step verification is required here, so this step has to stay until there is another.',
  'error.forbidden': 'You are not allowed to see this.',
  'error.not_found': 'There is no such page.',
  'error.conflict': 'That did not work.',
  'error.retry': 'Try again {when}.',
  'error.page': 'Error: {title}',
  'error.home': 'To your account',
}
