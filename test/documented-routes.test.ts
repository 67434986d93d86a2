import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emailCodes, type FactorHost, recoveryCodes, refusals, smsCodes } from '@sallyport/core'
import { totp } from '@sallyport/core/totp'
import { passkeys } from '@sallyport/passkeys'
import type { RouteDeps } from '../packages/core/src/http/deps.ts'
import { routeTable } from '../packages/core/src/http/routes.ts'
import { root } from '../scripts/run.ts'

const page = readFileSync(join(root, 'docs/http.md'), 'utf8')

/** The table alone is wanted: no handler and no factor runs, so there is nothing for them to stand on. */
const nothing: unknown = { auth: {}, origin: 'https://app.example.com', messenger: {}, credentials: () => ({}) }
const factors = [totp(), recoveryCodes(), passkeys(), emailCodes(), smsCodes()].map((type) =>
  type(nothing as FactorHost),
)

const routes = routeTable(nothing as RouteDeps, factors).map(({ method, path }) => `${method} ${path}`)

/** The routes that begin the rows of a text's tables. */
function rowsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\| `([A-Z]+) (\/[^`]*)` \|/gm)].map(([, method, path]) => `${method} ${path}`)
}

test('the page of routes is the table of routes', () => {
  expect(rowsOf(page).toSorted()).toEqual(routes.toSorted())
})

test('every way in that the page on security lists is a route', () => {
  const ways = rowsOf(readFileSync(join(root, 'docs/security.md'), 'utf8'))
  expect(ways.length).toBeGreaterThan(8)
  expect(ways.filter((way) => !routes.includes(way))).toEqual([])
})

test('every refusal that the page of routes names is one', () => {
  const rows = [...page.matchAll(/^\| `[A-Z]+ \/.*\| ([^|]*) \|$/gm)]
  const codes = rows.flatMap(([, refused = '']) => [...refused.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code ?? ''))
  expect(codes.length).toBeGreaterThan(50)
  const notCodes = new Set(['audit'])
  expect(codes.filter((code) => !Object.hasOwn(refusals, code) && !notCodes.has(code))).toEqual([])
})
