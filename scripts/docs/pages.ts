import { clientSources } from '../client/sources.ts'
import { asvsPage } from './asvs-page.ts'
import { cryptoPage } from './crypto-page.ts'
import { eventsPage } from './events-page.ts'

/** The pages that are generated, and what is to stand in them. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/asvs.md': asvsPage,
  'docs/crypto.md': cryptoPage,
  'docs/events.md': eventsPage,
  ...clientSources,
}
