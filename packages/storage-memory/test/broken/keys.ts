import type { Entry } from '@sallyport/core'
import { type Broken, broken, keyed } from './tools.ts'

export const onKeys: readonly Broken[] = [
  broken('ids without case', 'ids that look alike', (sound) => keyed(sound, (kind, id) => [kind, id.toLowerCase()])),
  broken('ids without spaces at the end', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.trimEnd()]),
  ),
  broken('ids without spaces at the start', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.trimStart()]),
  ),
  broken('- and _ are the same', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.replaceAll('-', '_')]),
  ),
  broken('ids are percent-decoded', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.replaceAll('%20', ' ')]),
  ),
  broken('backslashes escape', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.replaceAll('\\\\', '\\')]),
  ),
  broken('numbers are numbers', 'ids that look alike', (sound) =>
    keyed(sound, (kind, id) => [kind, id.replace(/0+$/, '0')]),
  ),
  broken('ids of 254 characters', 'count to the last one', (sound) =>
    keyed(sound, (kind, id) => [kind, id.slice(0, 254)]),
  ),
  broken('kinds of 31 characters', 'count to the last one', (sound) =>
    keyed(sound, (kind, id) => [kind.slice(0, 31), id]),
  ),
  ...[...':/|. -_\\,#', ''].map((separator) =>
    broken(`kind and id are joined by ${JSON.stringify(separator)}`, 'do not run together', (sound) =>
      keyed(sound, (kind, id) => ['all', kind + separator + id]),
    ),
  ),
  broken('counters are entries', 'a counter is no entry', (sound) => ({
    increment: async (name, windowMs, _by, now) => {
      await sound.insert(
        { kind: 'contract', id: name, owner: null, expiresAt: now + windowMs, version: 1, data: 1 },
        now,
      )
      const [kind = '', ...rest] = name.split(':')
      const entry = { kind, id: rest.join(':'), owner: null, expiresAt: now + windowMs, version: 1, data: 1 }
      await sound.take(kind, entry.id)
      return { count: 1, resetAt: now + windowMs }
    },
  })),
  broken('accents do not count', 'what no id can be', (sound) =>
    keyed(sound, (kind, id) => [
      kind,
      id
        .normalize('NFKD')
        .replace(/[\u0300-\u036f]/g, '')
        .replaceAll('ß', 'ss'),
    ]),
  ),
  broken('ids end at U+0000', 'what no id can be', (sound) =>
    keyed(sound, (kind, id) => [kind, id.split('\0')[0] ?? '']),
  ),
  broken('ids that are too long are cut', 'what no id can be', (sound) =>
    keyed(sound, (kind, id) => [kind, id.slice(0, 255)]),
  ),
  broken('objects instead of maps', 'name of an object', (sound) => {
    const taken = (id: string): boolean => id in {}
    return { get: async (kind, id) => (taken(id) ? ({} as Entry) : sound.get(kind, id)) }
  }),
]
