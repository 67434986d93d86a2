import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { questions } from '../src/ask.ts'
import { createOutput, nameText } from '../src/output.ts'
import { terminalOf } from './sallyport.ts'

/** A stand-in for a stream of a terminal, or of a pipe: what was written to it, and whether somebody watches. */
function stream(isTTY: boolean) {
  let text = ''
  const writable = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { written: () => text, stream: Object.assign(writable, { isTTY }) as unknown as NodeJS.WriteStream }
}

function outputTo(isTTY: boolean, isJson = false) {
  const [stdout, stderr] = [stream(isTTY), stream(isTTY)]
  const terminal = { cwd: '.', stdin: process.stdin, stdout: stdout.stream, stderr: stderr.stream }
  return { out: createOutput(terminal, isJson), stdout: stdout.written, stderr: stderr.written }
}

test('how far long work has come stands on a terminal until the next word, each in the place of the one before', () => {
  const { out, stdout, stderr } = outputTo(true)
  out.progress('1000 forgotten')
  out.progress('2000 forgotten')
  out.line('2500 forgotten.')
  expect(stderr()).toBe('\r\u001b[K1000 forgotten\r\u001b[K2000 forgotten\r\u001b[K')
  expect(stdout()).toBe('2500 forgotten.\n')
})

test('ASVS 16.4.1: what somebody has named commands no terminal, and is one line of a table', () => {
  const { out, stdout, stderr } = outputTo(true)
  const name = 'a\u001b[2Jb\u009bc\u0007d\re\u202ef\u2067g\u2028h\u200fi\nroot  admin'
  out.table(['NAME', 'ROLE'], [[name, 'none']])
  out.note(name)
  const [heading, row, ...rest] = stdout().split('\n')
  expect([heading, row, rest]).toEqual([
    expect.stringMatching(/^NAME +ROLE$/),
    'a?[2Jb?c?d?e?f?g?h?i?root  admin  none',
    [''],
  ])
  expect(stderr()).toBe('a?[2Jb?c?d?e?f?g?h?i\nroot  admin\n')
})

test('a line is one line, whatever is named in it', () => {
  const { out, stdout } = outputTo(false)
  out.line('', 'phone\nidentity  forged', 'the next')
  expect(stdout()).toBe('\nphone?identity  forged\nthe next\n')
})

test('a question is one line too, whatever the user of an application’s own directory is called', async () => {
  const { terminal, texts } = terminalOf('.')
  const { agree, close } = questions(terminal)
  const answer = agree('Delete eve\u001b[2J\nDelete ann')
  terminal.stdin.push('y\n')
  expect(await answer).toBe(true)
  close()
  expect(texts().stderr).toBe('Delete eve?[2J?Delete ann? [y/N] ')
})

test('a name is cut where nobody reads on', () => {
  expect(nameText('a'.repeat(128))).toBe('a'.repeat(128))
  expect(nameText('𝒜'.repeat(129))).toBe(`${'𝒜'.repeat(128)}…`)
})

test.each([true, false])('a pipe is told nothing of it (json: %s)', (isJson) => {
  const { out, stdout, stderr } = outputTo(false, isJson)
  out.progress('1000 forgotten')
  out.line('2500 forgotten.')
  out.document({ forgotten: 2500 })
  expect(stderr()).toBe('')
  expect(stdout()).toBe(isJson ? '{\n  "forgotten": 2500\n}\n' : '2500 forgotten.\n')
})
