import { invalidSetting } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { checkLinkPages, type LinkPages } from './link-pages.ts'

/** The pages that links lead to. Throws `invalid_setting` for those and for a `registration` that can't be. */
export function checkAccountSettings(origin: string, settings: Settings): LinkPages {
  checkRegistration(settings)
  return checkLinkPages(origin, settings.linkPages)
}

function checkRegistration({ registration, users, deliver, verification = 'link' }: Settings): void {
  if (verification !== 'link' && verification !== 'code') {
    throw invalidSetting('verification', `is ${JSON.stringify(verification)}`, 'use "link" or "code"')
  }
  if (registration === undefined) return
  const { by } = registration
  if (by !== 'email' && by !== 'username') {
    throw invalidSetting('registration.by', `is ${JSON.stringify(by)}`, 'use "email" or "username"')
  }
  if (users !== undefined) {
    throw invalidSetting('registration', 'has nowhere to put users', 'leave it out: the application brings its own')
  }
  if (by === 'email' && deliver === undefined) {
    throw invalidSetting('deliver', 'is missing', 'registration by address sends a link')
  }
}
