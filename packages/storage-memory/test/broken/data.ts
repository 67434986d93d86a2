import type { Json } from '@sallyport/core'
import { type Broken, broken, changed, reading, writing } from './tools.ts'

export const onData: readonly Broken[] = [
  broken('null data is lost', 'every JSON value', (sound) =>
    reading(sound, (entry) => changed(entry, (data) => data ?? {})),
  ),
  broken('text data is parsed', 'every JSON value', (sound) =>
    reading(sound, (entry) => changed(entry, (data) => (data === '{"a":1}' ? { a: 1 } : data))),
  ),
  broken('__proto__ is lost', 'every JSON value', (sound) =>
    reading(sound, (entry) =>
      changed(entry, (data) =>
        data !== null && typeof data === 'object' && '__proto__' in data && Object.hasOwn(data, '__proto__')
          ? { ...data, ['__proto__']: undefined }
          : data,
      ),
    ),
  ),
  broken('text of 64 kB', 'every JSON value', (sound) =>
    reading(sound, (entry) => changed(entry, (data) => (typeof data === 'string' ? data.slice(0, 65_535) : data))),
  ),
  broken('three-byte characters', 'every JSON value', (sound) =>
    reading(sound, (entry) =>
      changed(entry, (data) => JSON.parse(JSON.stringify(data).replace(/[\ud800-\udfff]{2}/g, '?')) as Json),
    ),
  ),
  broken('numbers of 32 bits', 'every JSON value', (sound) =>
    reading(sound, (entry) =>
      changed(entry, (data) => (Array.isArray(data) && data[2] === 2 ** 31 ? data.map(Math.fround) : data)),
    ),
  ),
  broken('U+0000 is dropped in silence', 'U+0000 and lone', (sound) =>
    writing(sound, (entry) =>
      changed(entry, (data) => JSON.parse(JSON.stringify(data).replaceAll('\\u0000', '')) as Json),
    ),
  ),
  broken('lone surrogates become U+FFFD', 'U+0000 and lone', (sound) =>
    writing(sound, (entry) =>
      changed(entry, (data) => JSON.parse(JSON.stringify(data).replace(/\\ud[89a-f]../g, '\ufffd')) as Json),
    ),
  ),
  broken('undefined becomes null', 'members that are undefined', (sound) =>
    writing(sound, (entry) =>
      changed(
        entry,
        (data) =>
          JSON.parse(JSON.stringify(data, (_key, value: unknown) => (value === undefined ? null : value))) as Json,
      ),
    ),
  ),
]
