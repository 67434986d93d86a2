import type { DatabaseSync } from 'node:sqlite'
import type { Document, Shelf } from './documents.ts'

/** Documents in the memory of this process: with every start there are the first ones again. */
export function memoryShelf(): Shelf {
  const documents = new Map(firstDocuments().map((document) => [document.id, document]))
  return {
    all: () => [...documents.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    get: (id) => documents.get(id),
    put: (document) => void documents.set(document.id, document),
    delete: (id) => documents.delete(id),
  }
}

/** Documents in a table of the application's own, in the database that Sallyport uses as well. */
export function sqliteShelf(database: DatabaseSync): Shelf {
  database.exec(`create table if not exists documents
    (id text primary key, title text not null, text text not null, updatedAt text not null, updatedBy text not null)`)
  const all = database.prepare('select * from documents order by id')
  const get = database.prepare('select * from documents where id = ?')
  const insert = database.prepare(`insert into documents (id, title, text, updatedAt, updatedBy)
    values (:id, :title, :text, :updatedAt, :updatedBy)
    on conflict (id) do update set title = :title, text = :text, updatedAt = :updatedAt, updatedBy = :updatedBy`)
  const remove = database.prepare('delete from documents where id = ?')

  const shelf: Shelf = {
    all: () => all.all().map(documentOf),
    get: (id) => {
      const row = get.get(id)
      return row && documentOf(row)
    },
    put: (document) => void insert.run({ ...document }),
    delete: (id) => remove.run(id).changes > 0,
  }
  if (shelf.all().length === 0) for (const document of firstDocuments()) shelf.put(document)
  return shelf
}

function documentOf(row: Record<string, unknown>): Document {
  const text = (name: keyof Document) => String(row[name])
  const [id, updatedAt, updatedBy] = [text('id'), text('updatedAt'), text('updatedBy')]
  return { id, title: text('title'), text: text('text'), updatedAt, updatedBy }
}

function firstDocuments(): readonly Document[] {
  return firstTexts.map(([title, text], index) => ({
    id: String(index + 1),
    title,
    text,
    updatedAt: new Date(Date.UTC(2026, 0, 5 + 7 * index, 9)).toISOString(),
    updatedBy: 'the archive',
  }))
}

const firstTexts = [
  [
    'The sally port',
    'A sally port is an entrance with two doors. The inner one does not open before the outer one has been passed and shut. Whoever stands between the two has shown something, and is not inside yet.',
  ],
  [
    'The keeper’s rounds',
    'At dusk the keeper tries every bolt by hand, although the log says that each is shut. The log says what was done. The hand says what is.',
  ],
  [
    'On lending keys',
    'A key is lent for one door and one evening. It is written down who has it, and the lock is changed when it does not come back. Nobody needs to be blamed for that to work.',
  ],
  [
    'Two lanterns',
    'One lantern means: I know you. Two lanterns mean: I know you, and somebody else does too. With one you may wait in the passage. With two the inner door is opened.',
  ],
  [
    'The messenger’s token',
    'A messenger comes every day and is nobody’s guest. He carries half a coin, and opens the one gate that it fits. When the coin is exchanged, the old half is good until the evening, so that nobody is caught on the road.',
  ],
  [
    'What the wall is for',
    'The wall does not make the town safe. It makes sure that everybody comes through the gate, where somebody is looking.',
  ],
  [
    'The spare door',
    'Every fortress has a small door that is not on the plan, because somebody once was locked out. It is how fortresses fall. If there must be a second way in, it has to be as hard as the first.',
  ],
  [
    'After the siege',
    'When a gate has been forced, every lock is changed on the same day, and not only the one that was found broken. Whoever belongs here asks for a new key. Whoever does not has an old one.',
  ],
] as const
