/**
 * Every text of every message, by an id that stays. `{service}`, `{user}`, `{code}`, `{link}`, `{until}`, `{at}` and
 * `{address}` stand for what the message says.
 */
export const messageTexts = {
  'registration.subject': 'Confirm your address for {service}',
  'registration.body': 'Somebody, probably you, has asked for an account with this address. Choose a password here:',
  'registration.stranger': 'If that was not you, do nothing: without this link there will be no account.',
  'invitation.subject': 'You are invited to {service}',
  'invitation.body': 'There is an account for you. Choose your password here:',
  'invitation.stranger': 'If you did not expect this, do nothing.',
  'password-reset.subject': 'A new password for {service}',
  'password-reset.body': 'Somebody, probably you, has asked for a new password. Choose it here:',
  'password-reset.stranger': 'If that was not you, do nothing: your password stays as it is.',
  'email-verification.subject': 'Confirm your address for {service}',
  'email-verification.body': 'Confirm that this is your address:',
  'email-verification.stranger': 'If you have no account there, do nothing.',
  'email-change.subject': 'Confirm your new address for {service}',
  'email-change.body': 'Confirm that this is your new address:',
  'email-change.stranger': 'If you did not ask for it, do nothing: nothing changes without this link.',
  'code.unlock.subject': 'Your code to log in',
  'code.step-up.subject': 'Your code to confirm that it is you',
  'code.enrol.subject': 'Your code to have codes sent here',
  'code.registration.subject': 'Your code to register at {service}',
  'code.email-verification.subject': 'Your code to confirm your address for {service}',
  'code.email-change.subject': 'Your code to confirm your new address for {service}',
  'code.address.stranger': 'If you did not ask for it, do nothing. Tell nobody the code.',
  'code.body': 'Your code is {code}',
  'code.stranger': 'If you did not ask for it, somebody may know your password: change it. Tell nobody the code.',
  'enrolment-ticket.subject': 'Your ticket to set up two-step verification',
  'enrolment-ticket.body': 'Your ticket is {code}',
  'enrolment-ticket.stranger': 'If you did not ask for it, somebody may know your password: change it.',
  'notice.factor_enrolled': 'A second step was added to your account',
  'notice.factor_removed': 'A second step was removed from your account',
  'notice.factor_replaced': 'A second step of your account was replaced',
  'notice.factors_reset': 'An administrator has reset the two-step verification of your account',
  'notice.recovery_code_used': 'A recovery code of your account was used',
  'notice.second_factor_failed':
    'Somebody has given your password, or what stands for it, and failed at the second step',
  'notice.new_network': 'Somebody, probably you, has logged in to your account from a network that is new to it',
  'notice.password_changed': 'The password of your account was changed',
  'notice.password_reset': 'A new password was set for your account by a link sent to you',
  'notice.email_change_requested': 'Somebody, probably you, wants another address for your account',
  'notice.email_changed': 'The address of your account was changed',
  'notice.already_registered': 'Somebody, probably you, has given your address, which belongs to your account already',
  'notice.stranger':
    'If that was not you, change your password, look at your sessions, and tell an administrator. Nobody can undo it from here.',
  'about.user': 'Account: {user}',
  'about.address': 'Asked for from: {address}',
  'about.until': 'Good until {until}, and once.',
  'about.at': 'At {at}.',
} as const

/** The id of a text. */
export type MessageTextId = keyof typeof messageTexts

/** Texts by id, in any language. */
export type MessageTexts = Readonly<Record<MessageTextId, string>>
