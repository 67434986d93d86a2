import { commonPasswords } from './common-passwords.ts'

const none: ReadonlySet<string> = new Set()
const shortestOwn = 3

/** Whether a password of a good length is among the first that a guesser would try: by itself, or put together from such. */
export function isCommonOrOwn(
  password: string,
  policy: { readonly minLength: number; readonly contextWords: readonly string[] },
  words: readonly string[],
): 'common' | 'context' | undefined {
  const common = commonPasswords()
  const text = fold(password)
  const own = ownWords([...policy.contextWords, ...words])
  const letters = lettersOf(text)
  if (own.has(text) || (letters.length >= shortestOwn && own.has(letters))) return 'context'
  const present = new Set([...own].filter((word) => word.length >= shortestOwn && text.includes(word)))
  if (present.size > 0 && isGuessable(text, common.texts, present)) return 'context'
  const unit = repeatedUnit(text)
  if (countCodePoints(unit) < policy.minLength) return 'common'
  return common.has(text) || common.has(unit) || isGuessable(unit, common.texts, none) ? 'common' : undefined
}

function countCodePoints(text: string): number {
  return [...text].length
}

// Lower case may be decomposed again, hence the second NFKC.
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** The text without its digits and signs. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{M}]+/gu, '')
}

/** The words, their parts, and the words without what stands between the parts: ann.smith, ann, smith, annsmith. */
function ownWords(words: readonly string[]): ReadonlySet<string> {
  const all = words.map(fold).flatMap((word) => {
    const parts = word.split(/[^\p{L}\p{M}\p{N}]+/u)
    return [word, lettersOf(word), parts.join(''), ...parts]
  })
  return new Set(all.filter((word) => word !== ''))
}

/** The shortest text that gives this one when it is written again and again; the end may be cut off. */
function repeatedUnit(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    if (text.startsWith(text.slice(0, -length), length)) return text.slice(0, length)
  }
  return text
}

// What fingers type by themselves: rows and columns of the keyboard, the alphabet, counting. Backwards too.
const forwards = [
  '01234567890 1234567890-= !@#$%^&*()_+ 12345678910111213141516171819202122 11223344556677889900',
  '1020304050607080900 111222333444555666777888999000 147258369 159357 753951 789456123 741852963',
  'qwertyuiopasdfghjklzxcvbnm asdfghjkl; zxcvbnm,./ qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/ qazwsxedcrfvtgbyhnujmik,ol.p;/ !qaz@wsx#edc$rfv%tgb^yhn&ujm',
  '1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 a1s2d3f4g5h6j7k8l9 1a2s3d4f5g6h7j8k9l qawsedrftgyhujikolp qweasdzxc',
  'abcdefghijklmnopqrstuvwxyz a1b2c3d4e5f6g7h8i9 1a2b3c4d5e6f7g8h9i aabbccddeeffgghhiijj qqwweerrttyyuuiioopp',
  'йцукенгшщзхъ фывапролджэ ячсмитьбю абвгдежзийклмнопрстуфхцчшщъыьэюя',
].flatMap((line) => line.split(' '))
// No password has a NUL in it, so no walk goes from one line into the next.
const walks = [...forwards, ...forwards.map(reversed)].join('\0')

// What a piece costs in guesses, as a power of ten: one of the common passwords or days 10^4, a year or a walk 10^2.
const costs = { common: 4, day: 4, year: 2, walk: 2, again: 1, own: 1, sign: 1, letter: 2 }
const maxCost = 9
const longestCommon = 20
const year = /^(?:19|20)\d\d/
const day =
  /^(?:(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d|[0-3]\d(?:0\d|1[0-2])(?:19|20)\d\d|(?:0\d|1[0-2])[0-3]\d(?:19|20)\d\d)/

/**
 * Whether the whole text is put together from common passwords, walks, days, own words and repetitions, with single
 * characters for at most half of it, and from so few pieces that 10^9 guesses find it.
 */
function isGuessable(text: string, common: ReadonlySet<string>, own: ReadonlySet<string>): boolean {
  // The cheapest way to put it together may not be the one with the fewest single characters: either will do.
  return [few, 1 / few].some((weight) => {
    const { cost, singles } = cheapest(text, common, own, weight)
    return cost <= maxCost && singles <= text.length / 2
  })
}

const few = 1 / 1024

/** The best way to put a text together, where a single character weighs so much beside a power of ten of guesses. */
function cheapest(text: string, common: ReadonlySet<string>, own: ReadonlySet<string>, weight: number): Way {
  const { length } = text
  const mirrored = reversed(text)
  const best: Way[] = [{ cost: 0, singles: 0 }]
  for (let at = 0; at < length; at++) {
    const { cost, singles } = best[at] ?? impossible
    if (cost > maxCost) continue
    const reach = (end: number, more: number, alone = 0) => {
      const way = { cost: cost + more, singles: singles + alone }
      if (weigh(way, weight) < weigh(best[end] ?? impossible, weight)) best[end] = way
    }
    reach(at + 1, isLetter.test(text.charAt(at)) ? costs.letter : costs.sign, 1)
    if (year.test(text.slice(at, at + 4))) reach(at + 4, costs.year, 4)
    if (day.test(text.slice(at, at + 8))) reach(at + 8, costs.day)
    for (let end = at + 5; end <= length && walks.includes(text.slice(at, end)); end++) reach(end, costs.walk)
    for (let end = at + 1; end <= length && text[end - 1] === text[at]; end++) if (end > at + 3) reach(end, costs.walk)
    for (let end = at + 4; end <= Math.min(at + longestCommon, length); end++) {
      if (common.has(text.slice(at, end))) reach(end, costs.common)
    }
    for (const word of own) if (text.startsWith(word, at)) reach(at + word.length, costs.own)
    for (let size = 3; size <= Math.min(at, length - at); size++) {
      const before = text.slice(at - size, at)
      const mirror = mirrored.slice(length - at, length - at + size)
      if (text.startsWith(before, at) || text.startsWith(mirror, at)) reach(at + size, costs.again)
    }
  }
  return best[length] ?? impossible
}

/** What it takes to put a text together: guesses, as a power of ten, and characters that stand alone. */
interface Way {
  readonly cost: number
  readonly singles: number
}

const impossible: Way = { cost: Number.POSITIVE_INFINITY, singles: Number.POSITIVE_INFINITY }

function weigh({ cost, singles }: Way, weight: number): number {
  return cost + weight * singles
}

const isLetter = /[\p{L}\p{M}\p{Cs}]/u

function reversed(text: string): string {
  return text.split('').reverse().join('')
}
