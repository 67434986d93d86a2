import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commonPasswords } from '../src/factors/common-passwords.ts'
import {
  checkLength,
  explainProblem,
  judgePassword,
  normalisePassword,
  type PasswordPolicy,
  type PasswordProblem,
} from '../src/factors/password-policy.ts'

const alone: PasswordPolicy = { minLength: 15, maxLength: 256, contextWords: ['Sallyport', 'Acme Widgets'] }
const withMfa: PasswordPolicy = { ...alone, minLength: 8 }
const judge = (password: string, policy = alone, words: readonly string[] = []) =>
  judgePassword(password, policy, words)

/** All the passwords are judged so. They stand on lines, or apart by two spaces. */
async function allAre(
  expected: PasswordProblem | undefined,
  passwords: string | readonly string[],
  policy = alone,
  words: readonly string[] = [],
): Promise<void> {
  const otherwise: string[] = []
  for (const password of typeof passwords === 'string' ? passwords.trim().split(/\n\s*|\s{2,}/) : passwords) {
    if ((await judge(password, policy, words)) !== expected) otherwise.push(password)
  }
  expect(otherwise).toEqual([])
}

const run = promisify(execFile)
const source = (name: string) => new URL(`../src/factors/${name}`, import.meta.url)
const codePoints = (text: string) => [...text].length

// Random characters without a bias for the edges: an edge case would be a repetition, which is refused.
const randomPassword = fc.noBias(fc.uint8Array({ minLength: 12, maxLength: 48 })).map((bytes) => {
  return Buffer.from(bytes).toString('base64')
})

const ordinaryWords = `
  acorn basin cobalt dagger eclair fathom gravel hinge ivory jigsaw kettle lantern mosaic nozzle orchid paddle quiver
  ribbon saddle tundra upward velvet walnut yonder zipper anvil bramble cradle drizzle ember flannel gutter harbour
  inkwell juniper keel lichen mallet nimble oatmeal parsley quartz rafter sprocket thimble umber varnish wicker yeast
  zinc almond barley cinder dovetail easel furrow glacier hazel isthmus jostle kiln lattice meadow nectar ottoman
`
  .trim()
  .split(/\s+/)

describe('length', () => {
  it('ASVS 6.2.1: at least 15 code points, or 8 where a second factor is required', () => {
    expect(checkLength('vq7#Lm2!xR9&kT', alone)).toBe('too_short')
    expect(checkLength('vq7#Lm2!xR9&kTz', alone)).toBeUndefined()
    expect(checkLength('vq7#Lm2', withMfa)).toBe('too_short')
    expect(checkLength('vq7#Lm2!', withMfa)).toBeUndefined()
    expect(checkLength('', withMfa)).toBe('too_short')
  })

  it('NIST 3.1.1.2: a character is a code point of the NFKC form', () => {
    const emoji = ['🦊', '🌵', '🚲', '🎻', '🧊', '🪁', '🫖', '🧭', '🛶', '🪴', '🦉', '🍄', '🧵', '🪵', '🧿']
    expect(checkLength(emoji.slice(1).join(''), alone)).toBe('too_short')
    expect(checkLength(emoji.join(''), alone)).toBeUndefined()
    // Joined by zero-width joiners this family counts as seven.
    expect(checkLength('👩‍👩‍👧‍👧👩‍👩‍👧‍👧', alone)).toBe('too_short')
    expect(checkLength('👩‍👩‍👧‍👧👩‍👩‍👧‍👧!', alone)).toBeUndefined()
    // An e and a combining accent become one code point,
    expect(checkLength('e\u0301'.repeat(14), alone)).toBe('too_short')
    expect(checkLength('e\u0301'.repeat(15), alone)).toBeUndefined()
    // an x and an accent stay two, and a ligature becomes two.
    expect(checkLength('x\u0301'.repeat(7), alone)).toBe('too_short')
    expect(checkLength('x\u0301'.repeat(8), alone)).toBeUndefined()
    expect(checkLength('\ufb01'.repeat(7), alone)).toBe('too_short')
    expect(checkLength('\ufb01'.repeat(8), alone)).toBeUndefined()
    expect(checkLength('\ufb01'.repeat(128), alone)).toBeUndefined()
    expect(checkLength(`${'\ufb01'.repeat(128)}x`, alone)).toBe('too_long')
  })

  it('ASVS 6.2.9: 64 characters and more are permitted, up to the maximum', async () => {
    const long = Array.from({ length: 256 }, (_, at) => String.fromCodePoint(33 + ((at * at * 7 + at) % 90))).join('')
    for (const length of [64, 65, 128, 256]) expect(await judge(long.slice(0, length))).toBeUndefined()
    expect(await judge(`${long}!`)).toBe('too_long')
    expect(checkLength('🦊'.repeat(256), alone)).toBeUndefined()
    expect(checkLength('🦊'.repeat(257), alone)).toBe('too_long')
  })

  it('is that of the NFKC form for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 1, max: 70 }), (text, bound) => {
        fc.pre(!text.includes('\0'))
        const length = codePoints(text.normalize('NFKC'))
        expect(checkLength(text, { ...alone, minLength: bound }) === undefined).toBe(length >= bound)
        expect(checkLength(text, { ...alone, minLength: 0, maxLength: bound }) === undefined).toBe(length <= bound)
      }),
    )
  })

  it('refuses megabytes without normalising them, and nothing that NFKC would make short enough', () => {
    const startedAt = performance.now()
    expect(checkLength('\ufdfa'.repeat(2 ** 22), alone)).toBe('too_long')
    expect(performance.now() - startedAt).toBeLessThan(20)
    // The densest there is: a mathematical letter of two code units and three marks become one code point.
    const dense = '\u{1d6fc}\u0313\u0300\u0345'
    expect(codePoints(dense.normalize('NFKC'))).toBe(1)
    expect(checkLength(dense.repeat(256), alone)).toBeUndefined()
    let most = 0
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point < 0xd800 || point > 0xdfff)
        most = Math.max(most, codePoints(String.fromCodePoint(point).normalize('NFD')))
    }
    expect(most).toBe(4)
  })

  it('D7: NUL and lone surrogates are malformed', async () => {
    for (const bad of ['vq7#Lm2!xR9&kTz\0', '\ud83dvq7#Lm2!xR9&kTz', 'vq7#Lm2!xR9&kTz\udd8a', '\udd8a\ud83d', '\0']) {
      expect(checkLength(bad, withMfa)).toBe('malformed')
      expect(await judge(bad, withMfa)).toBe('malformed')
    }
  })
})

describe('what is refused as common', () => {
  const common = commonPasswords()
  const texts = [...common.texts]

  it('ASVS 6.2.4: the list has far more than 3000 of 8 and more characters, and each of them is refused', async () => {
    const long = texts.filter((text) => codePoints(text) >= 8)
    expect(long.length).toBeGreaterThanOrEqual(10_000)
    await allAre('common', long, withMfa)
    await allAre(
      'common',
      ['password', '12345678', 'iloveyou', 'sunshine', 'princess', 'football', 'starwars', 'trustno1'],
      withMfa,
    )
  })

  it('ASVS 6.2.4: the most common of 15 and more characters are refused, also those that no rule derives', async () => {
    const sample = `
      123456789987654321  1qaz2wsx3edc4rfv  qwerty123456789  passwordpassword  1234567890qwertyuiop
      q1w2e3r4t5y6u7i8o9p0  manchesterunited  cristianoronaldo  30secondstomars  perasperaadastra
      worldofwarcraft  stairwaytoheaven  mychemicalromance  avengedsevenfold
      robertpattinson  rumpelstiltzkin  allyouneedislove  dontworrybehappy
      happytreefriends  raidersofthelostark  thisismypassword  neversaymypassword  moneyfornothing  michaeljacksonj
      antoniobanderas  withintemptation  vancouvercanucks  threelittlebirds  transplantation
    `
    await allAre('common', sample)
  })

  it('compares without regard to case and in NFKC', async () => {
    await allAre('common', [
      'PassWordPassWord',
      'ManchesterUnited',
      'ＰＡＳＳＷＯＲＤｐａｓｓｗｏｒｄ',
      'ⓡⓞⓑⓔⓡⓣⓟⓐⓣⓣⓘⓝⓢⓞⓝ',
    ])
  })

  it('any common password repeated, whole or with its end cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), fc.integer({ min: 2, max: 9 }), fc.nat(3), async (text, n, cut) => {
        const password = text.repeat(n + 1).slice(0, text.length * n + cut)
        fc.pre(codePoints(password) >= 15)
        expect(await judge(password)).toBe('common')
      }),
    )
  })

  it('any common password with up to four digits or signs before or after it, or another one', async () => {
    const little = fc.string({ unit: fc.constantFrom(...'0123456789!?.-_ @#'), maxLength: 4 })
    const maybeOther = fc.oneof(fc.constant(''), fc.constantFrom(...texts))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        little,
        maybeOther,
        fc.boolean(),
        async (text, extra, other, first) => {
          const more = other === '' ? extra : other
          const password = first ? more + text : text + more
          fc.pre(codePoints(password) >= 8)
          expect(await judge(password, withMfa)).toBe('common')
          expect(await judge(password)).toBe(codePoints(password) < 15 ? 'too_short' : 'common')
        },
      ),
    )
  })

  it('one unit again and again, whatever the unit, when it would be too short itself', async () => {
    await allAre('common', ['aaaaaaaaaaaaaaa', 'xqzxqzxqzxqzxqz', 'kV7#kV7#kV7#kV7#kV', '🦊'.repeat(15)])
    await fc.assert(
      fc.asyncProperty(randomPassword, fc.integer({ min: 1, max: 14 }), async (random, length) => {
        const password = random.slice(0, length).repeat(Math.max(2, Math.ceil(15 / length)))
        expect(await judge(password)).toBe('common')
      }),
    )
    expect(await judge('vq7#Lm2!vq7#Lm2!', withMfa)).toBeUndefined()
    expect(await judge('sunshinesunshine', withMfa)).toBe('common')
  })

  it('keyboard rows and columns, alphabets, counting and days, backwards too', async () => {
    await allAre(
      'common',
      `
        qwertyuiopasdfg  poiuytrewqlkjhg  asdfghjklzxcvbnm  mnbvcxzlkjhgfdsa  qazwsxedcrfvtgb  1q2w3e4r5t6y7u8i
        abcdefghijklmno  zyxwvutsrqponml  a1b2c3d4e5f6g7h8  123456789012345  987654321098765  11223344556677889
        123456789101112  147258369147258369  azertyuiopqsdfg  qwertzuiopasdfgh  йцукенгшщзфывап  aaaaaaaabbbbbbbb
        1985062119850621  31121999qwertyuiop  aaaaaaaaaaaaaab  password12345678!  Password2024!!!  passworddrowssap
        jennifer19871224
      `,
    )
  })

  it('the words of this test meet none of the rules by twos', async () => {
    for (const one of ordinaryWords) for (const two of ordinaryWords) expect(common.has(one + two)).toBe(false)
  })
})

describe('what is not refused', () => {
  const passphrase = fc
    .tuple(
      fc.noBias(fc.uniqueArray(fc.constantFrom(...ordinaryWords), { minLength: 4, maxLength: 7 })),
      fc.constantFrom('', ' ', '-', '.', '_'),
      fc.boolean(),
    )
    .map(([words, between, capitals]) => {
      return words.map((word) => (capitals ? word.slice(0, 1).toUpperCase() + word.slice(1) : word)).join(between)
    })

  it('any passphrase of four and more words, with or without something between them', async () => {
    await fc.assert(
      fc.asyncProperty(passphrase, async (password) => {
        expect(await judge(password)).toBeUndefined()
        expect(await judge(password, withMfa)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
    await allAre(
      undefined,
      `
        correct horse battery staple  correcthorsebatterystaple  purple monkey dishwasher lamp
        my dog ate 3 socks on Tuesday  The rain in Spain stays mainly  Ik fiets elke dag naar mijn werk
        воробей сидит на старой крыше  雨の日は本を読んで静かに過ごすのが好き  dragon soccer summer coffee
        Zwölf Boxkämpfer jagen Viktor
      `,
    )
  })

  it('NIST 3.1.1.2: the entire password is compared, so a common one may be a part of it', async () => {
    await allAre(undefined, [
      'password of the grey heron',
      'qwerty is not my favourite row',
      'my 123456789 little goats',
    ])
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('password', 'monkey', '12345678'), passphrase, async (common, phrase) => {
        expect(await judge(common + phrase)).toBeUndefined()
      }),
    )
  })

  it('ASVS 6.2.5: no kind of character is asked for or forbidden', async () => {
    await allAre(undefined, [
      'vxqzjkwpbmhtgrl',
      'VXQZJKWPBMHTGRL',
      '739204816539172',
      '!)%^(@~:?<}|[;,',
      '     x  xx   x xx x',
      'ñandúçøþßæłžőđř',
      '\t\n ~vxqzjkwpbmht',
    ])
    await fc.assert(
      fc.asyncProperty(randomPassword, async (password) => {
        expect(await judge(password)).toBeUndefined()
      }),
    )
  })

  it('8 random characters are good enough for the blocklist where 8 are enough', async () => {
    await allAre(undefined, ['vq7#Lm2!', 'kxwvtqpz', '7f3k9q2x', '62907485', 'Tr4%wZ_e'], withMfa)
  })
})

describe('context words', () => {
  const ann = ['ann.smith', 'ann.smith@mail.example']

  it('ASVS 6.1.2, 6.2.11: names of product and organisation, alone or with anything common around them', async () => {
    await allAre(
      'context',
      `
        sallyportsallyport  Sallyport2024!!  SALLYPORT-123456  2024-sallyport-2024  sallyportpassword1
        acme widgets 99  AcmeWidgets20261  acme-widgets-83920174635  sallyport8392017463  widgetsacmewidgets
        qwertyuiopsallyport
      `,
    )
  })

  it('ASVS 6.2.11: the words of the user, whole, in parts, joined', async () => {
    await allAre(
      'context',
      `
          ann.smith@mail.example  Ann.Smith@Mail.Example  annsmith19850621  smith8392017463551  ann.smith.2024!
          smithsmithsmith  ann.smithpassword  AnnSmithAnnSmith1
        `,
      alone,
      ann,
    )
    expect(await judge('annsmith', withMfa, ann)).toBe('context')
    expect(await judge('jörgjörg', withMfa, ['JO\u0308RG'])).toBe('context')
  })

  it('but not what only contains one', async () => {
    await allAre(
      undefined,
      `
        smith and the grey heron  the sallyport opens inwards  annual violet parsnips  acme rockets fly sideways
      `,
      alone,
      ann,
    )
    expect(await judge('vq7#Lm2!xR9&kTz', alone, ['', '.', 'a', '  ', '12'])).toBeUndefined()
  })
})

describe('the form and the words', () => {
  it('ASVS 6.2.8: nothing is cut and no case is changed; the form is stable', () => {
    expect(normalisePassword('PassWord ﬁ e\u0301')).toBe('PassWord fi \u00e9')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(normalisePassword(normalisePassword(text))).toBe(normalisePassword(text))
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(normalisePassword(text)).toBe(text)
      }),
    )
  })

  it('NIST 3.1.1.2: the person is told the reason, with the numbers', () => {
    expect(explainProblem('too_short', alone)).toBe('The password is too short: it needs at least 15 characters.')
    expect(explainProblem('too_long', alone)).toBe('The password is too long: it may have at most 256 characters.')
    const all = (['common', 'context', 'malformed'] as const).map((problem) => explainProblem(problem, alone))
    expect(new Set(all).size).toBe(3)
    for (const text of all) expect(text).toMatch(/^The password [^.]+\.$/)
  })

  it('D22: no text makes it throw or take long', async () => {
    const small = fc.string({ unit: fc.constantFrom('a', '1', 'b', '🦊'), maxLength: 256 })
    const any = fc.string({ unit: 'binary', maxLength: 256 })
    await fc.assert(
      fc.asyncProperty(fc.oneof(any, small), fc.array(any, { maxLength: 3 }), async (text, words) => {
        const problem = await judge(text, withMfa, words)
        expect([undefined, 'too_short', 'too_long', 'common', 'context', 'malformed']).toContain(problem)
      }),
    )
    for (const text of [
      `${'a'.repeat(255)}b`,
      `${'1'.repeat(127)}${'2'.repeat(129)}`,
      'ab'.repeat(60) + 'ba'.repeat(67),
    ]) {
      const startedAt = process.cpuUsage()
      for (let n = 0; n < 10; n++) await judge(text, alone, ['aaa', '111'])
      expect(process.cpuUsage(startedAt).user / 10_000).toBeLessThan(25)
    }
  })
})

describe('the data', () => {
  it('is not loaded with the policy nor by a check of the length, but by the first judgement', async () => {
    const code = `
      import { registerHooks } from 'node:module'
      const urls = []
      registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
      const loaded = () => urls.some((url) => url.endsWith('/common-passwords.ts'))
      const { checkLength, judgePassword } = await import(${JSON.stringify(source('password-policy.ts').href)})
      const policy = { minLength: 15, maxLength: 256, contextWords: [] }
      checkLength('vq7#Lm2!xR9&kTz', policy)
      await judgePassword('short', policy, [])
      const before = loaded()
      await judgePassword('vq7#Lm2!xR9&kTz', policy, [])
      console.log(JSON.stringify({ before, after: loaded() }))
    `
    const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', code])
    expect(JSON.parse(stdout)).toEqual({ before: false, after: true })
  })

  it('takes at most 120 kB, and 30 ms to import and unpack as it is published', async () => {
    expect((await stat(source('common-passwords.ts'))).size).toBeLessThan(120_000)
    const folder = await mkdtemp(join(tmpdir(), 'common-passwords-'))
    try {
      const file = join(folder, 'data.mjs')
      await writeFile(file, stripTypeScriptTypes(await readFile(source('common-passwords.ts'), 'utf8')))
      const code = `
        const startedAt = process.cpuUsage()
        const { commonPasswords } = await import(${JSON.stringify(file)})
        const first = commonPasswords()
        const { user, system } = process.cpuUsage(startedAt)
        console.log((user + system) / 1000, first === commonPasswords(), Object.isFrozen(first))
      `
      // The machine may be busy with other suites: the time of the processor, the best of ten.
      let best = Number.POSITIVE_INFINITY
      for (let n = 0; n < 10 && best >= 30; n++) {
        const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code])
        const [ms, same, frozen] = stdout.trim().split(' ')
        expect([same, frozen]).toEqual(['true', 'true'])
        best = Math.min(best, Number(ms))
      }
      expect(best).toBeLessThan(30)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is in the form that it is compared in, and no text is longer than the look-up reaches', () => {
    for (const text of commonPasswords().texts) {
      expect(text).toBe(text.normalize('NFKC').toLowerCase())
      expect(text.length).toBeGreaterThanOrEqual(4)
      expect(text.length).toBeLessThanOrEqual(20)
    }
  })
})
