import { verifyAudit } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { otherSecrets, testSecret } from '../house.ts'
import { accountHouse } from './account-house.ts'

async function collected(all: AsyncIterable<string>): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of all) lines.push(line)
  return lines
}

async function exported(events: number, options = {}): Promise<readonly string[]> {
  const { auth, eve, clock, outbox } = await accountHouse({ audit: true })
  for (let i = 1; i < events; i++) {
    clock.advance(1)
    await auth.users.update(eve.id, { displayName: `${i}` })
    if (i % 500 === 0) await outbox()
  }
  await outbox()
  return collected(auth.audit.export(options))
}

const lines = await exported(2101)
const faultsOf = async (changed: readonly string[]) =>
  (await verifyAudit(changed, testSecret)).faults.map(({ kind, line }) => `${kind} ${line}`)

describe('an export of the audit trail', () => {
  test('ASVS 16.2.2, 16.2.4: is JSON lines in UTC, newest first, with checkpoints, and verifies', async () => {
    const read = lines.map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>)
    expect(read[0]?.['export']).toMatchObject({ format: 'sallyport-audit-1', at: '2026-01-01T00:00:02.100Z' })
    expect(read[1]?.['event']).toMatchObject({ type: 'user.updated', at: '2026-01-01T00:00:02.100Z' })
    expect(read.flatMap(({ checkpoint = [] }) => checkpoint)).toEqual([
      { events: 1000, end: false },
      { events: 2000, end: false },
      { events: 2102, end: true },
    ])
    expect(await verifyAudit(lines, [otherSecrets[0] ?? '', testSecret])).toEqual({
      ok: true,
      events: 2102,
      header: read[0]?.['export'],
      checkpoint: { line: 2106, events: 2102 },
      faults: [],
    })
  })

  test('of one user, of a time, and of a trail that is off', async () => {
    const at = Date.UTC(2026, 0, 1)
    const some = await exported(10, { since: at + 3, until: at + 6 })
    expect(some.length).toBe(5)
    expect(await verifyAudit(some, testSecret)).toMatchObject({ ok: true, events: 3 })
    expect(await exported(10, { userId: 'nobody' })).toHaveLength(2)
    const { auth } = await accountHouse()
    await expect(collected(auth.audit.export())).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('ASVS 16.4.2: an export that was tampered with', () => {
  const forged = (line = '') => line.replace('"user.updated"', '"user.created"')
  const recounted = (line = '', number: number) => line.replace(/"n":\d+/, `"n":${number}`)

  test.each<[string, readonly string[], readonly string[]]>([
    ['a changed line', lines.with(4, forged(lines[4])), ['changed 5']],
    ['a line that is none', lines.with(4, '{}'), ['changed 5']],
    ['two changed lines', lines.with(4, forged(lines[4])).with(5, ''), ['changed 5', 'changed 6']],
    ['a changed header', lines.with(0, (lines[0] ?? '').replace('2026', '2025')), ['changed 1']],
    ['a changed checkpoint', lines.with(1001, (lines[1001] ?? '').replace('1000', '9')), ['changed 1002']],
    ['a removed line', lines.toSpliced(4, 1), ['removed 4']],
    ['two removed lines', lines.toSpliced(4, 2), ['removed 4', 'removed 4']],
    ['a removed header', lines.slice(1), ['removed 0']],
    ['an inserted line', lines.toSpliced(4, 0, '{"n":4}'), ['inserted 5']],
    ['a forged line more', lines.toSpliced(4, 0, recounted(lines[4], 3)), ['inserted 5']],
    ['a line twice', lines.toSpliced(4, 0, lines[3] ?? ''), ['inserted 5']],
    ['a line after the end', [...lines, '{}'], ['inserted 2107']],
    ['two lines the other way round', lines.with(4, lines[5] ?? '').with(5, lines[4] ?? ''), ['reordered 6']],
    ['cut off after a checkpoint', lines.slice(0, 1002), ['truncated 1002']],
    ['cut off elsewhere', lines.slice(0, 1500), ['truncated 1500']],
    ['cut off after its header', lines.slice(0, 1), ['truncated 1']],
    [
      'a forged end',
      lines.slice(0, 1002).with(1001, (lines[1001] ?? '').replace('false', 'true')),
      ['changed 1002', 'truncated 1002'],
    ],
    ['nothing', [], ['truncated 0']],
  ])('%s is found', async (_, changed, faults) => {
    expect(await faultsOf(changed)).toEqual(faults)
  })

  test('a cut at a checkpoint is told, and how far all is whole', async () => {
    const cut = await verifyAudit(lines.slice(0, 1002), testSecret)
    expect(cut).toMatchObject({ ok: false, events: 1000, checkpoint: { line: 1002, events: 1000 } })
    expect(cut.faults[0]?.message).toContain('with the checkpoint in line 1002')
    expect((await verifyAudit(lines.toSpliced(500, 1), testSecret)).checkpoint).toBeUndefined()
    expect((await verifyAudit(lines.toSpliced(1500, 1), testSecret)).checkpoint).toEqual({ line: 1002, events: 1000 })
  })

  test('a line of another export under the same secret is found', async () => {
    const other = await exported(20)
    expect(await faultsOf([...lines.slice(0, 5), ...other.slice(5)])).toEqual(['inserted 6'])
  })

  test('another secret verifies nothing, and says so', async () => {
    const { ok, events, faults } = await verifyAudit(lines, otherSecrets)
    expect([ok, events, faults.map(({ kind }) => kind)]).toEqual([false, 0, ['unknown_secret']])
    await expect(verifyAudit(lines, 'short')).rejects.toMatchObject({ code: 'invalid_setting' })
  })
})
