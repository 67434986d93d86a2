import { accountTexts } from './texts/account.ts'
import { adminTexts } from './texts/admin.ts'
import { doorTexts } from './texts/door.ts'
import { errorTexts } from './texts/errors.ts'
import { eventTexts } from './texts/events.ts'
import { nextTexts } from './texts/next.ts'

/** Every text of every page in English, by an id that stays. What stands in braces is put in. */
export const texts: typeof doorTexts &
  typeof accountTexts &
  typeof adminTexts &
  typeof eventTexts &
  typeof nextTexts &
  typeof errorTexts = { ...doorTexts, ...accountTexts, ...adminTexts, ...eventTexts, ...nextTexts, ...errorTexts }

/** The id of a text. */
export type TextId = keyof typeof texts

/** Texts by id, in any language. */
export type Texts = Readonly<Record<TextId, string>>

/** Texts by language (BCP 47); what a language lacks is English. */
export type TextTables = Readonly<Record<string, Partial<Texts>>>

/** Says a text. */
export type Say = (id: TextId, values?: Readonly<Record<string, string | number>>) => string

/** The texts for whoever prefers these languages, as `Accept-Language` names them (RFC 9110 §12.5.4). */
export type Speaker = (accept: string | undefined) => { readonly say: Say; readonly language: string }

/** Speaks the languages that there are texts for, and English. */
export function createSpeaker(tables: TextTables): Speaker {
  const known: TextTables = { en: {}, ...tables }

  return (accept) => {
    const language = wanted(accept).find((tag) => Object.hasOwn(known, tag)) ?? 'en'
    const own = known[language] ?? {}
    return {
      language,
      // In one pass: what is put in is not looked at for more to put in.
      say: (id, values = {}) =>
        (own[id] ?? texts[id]).replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)),
    }
  }
}

/** Whether there is a text of this id. */
export function isText(id: string): id is TextId {
  return Object.hasOwn(texts, id)
}

/** Languages, the most welcome first, each followed by what it is a variety of. */
function wanted(accept = ''): readonly string[] {
  const ranges = accept
    .slice(0, 500)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().split(';')
      const quality = parameters
        .map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1])
        .find((found) => found !== undefined)
      return { tag: tag.trim(), quality: Number(quality ?? 1) }
    })
  const sorted = ranges.filter(({ quality }) => quality > 0).sort((one, other) => other.quality - one.quality)
  return sorted.flatMap(({ tag }) => [tag, tag.split('-')[0] ?? tag])
}
