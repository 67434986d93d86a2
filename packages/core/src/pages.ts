/** What pages of one's own read requests with. */
export { type Fields, readForm, readQuery } from './http/form.ts'
export { readTarget, type Target, withoutParameter } from './http/view.ts'
