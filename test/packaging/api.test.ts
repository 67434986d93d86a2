import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiReport, reportPath } from '../../scripts/docs/site/api-report.ts'
import { declare, packageFolders } from '../../scripts/packages.ts'

const folders = packageFolders()

beforeAll(async () => {
  if (process.env['SALLYPORT_BUILT']) return
  const { ok, output } = await declare()
  if (!ok) throw new Error(output)
})

describe('the public surface', () => {
  test.each(folders)(
    '%s exports what its report says: `npm run api` writes it anew, and the change needs a changeset',
    (folder) => {
      expect(existsSync(reportPath(folder)) && readFileSync(reportPath(folder), 'utf8')).toBe(apiReport(folder))
    },
  )

  test('there is a report for each package, and none for any other', () => {
    const files = readdirSync(dirname(reportPath('core')))
    expect(files.sort()).toEqual(folders.map((folder) => `${folder}.api.md`).sort())
  })

  test('a report holds whole declarations: members, parameters and overloads', () => {
    const core = apiReport('core')
    expect(core).toContain('function createAuth(settings: Settings): Auth;\n')
    expect(core).toMatch(
      /^interface Settings \{\n {2}readonly origin: string;\n(?: {2}.+\n)+ {2}readonly clock\?: Clock;\n\}$/m,
    )
    expect(core.split('## Not exported')[1]).toMatch(/^interface AuditFields \{$/m)
    expect(apiReport('express').match(/^function protect\(/gm)).toHaveLength(2)
    for (const folder of folders) {
      const [, ...blocks] = apiReport(folder).split('```ts\n')
      for (const declaration of blocks.flatMap((block) => block.split('\n```')[0]?.split('\n\n') ?? [])) {
        const count = (letters: RegExp) => declaration.match(letters)?.length ?? 0
        expect([declaration, count(/[{(]/g)]).toEqual([declaration, count(/[})]/g)])
      }
    }
  })
})
