import { eventsPage } from './events-page.ts'

/** The pages that are generated, and what is to stand in them. */
export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/events.md': eventsPage,
}
