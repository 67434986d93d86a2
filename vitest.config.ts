import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { canaryPlugin } from './scripts/canary/plugin.ts'

const conditions = ['@sallyport/source', 'module', 'node', 'development|production']
const roots = [...readdirSync('packages').map((name) => `packages/${name}`), 'test']

export default defineConfig({
  plugins: [{ ...canaryPlugin(), enforce: 'pre' }],
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Much of what is tested is waiting for a server: one worker more than there are cores.
    maxWorkers: availableParallelism() + 1,
    // Two busy cores are slow, not wrong.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Every race on every store, a few times over; `npm run soak` runs each two hundred times.
    env: { CONTRACT_ROUNDS: process.env['CONTRACT_ROUNDS'] ?? '5' },
    setupFiles: [`${import.meta.dirname}/scripts/canary/setup.ts`],
    globalSetup: ['./scripts/servers/setup.ts'],
    reporters: ['default', './scripts/closing-line.ts'],
    projects: roots
      .filter((root) => existsSync(`${root}/package.json`))
      .map((root) => ({
        extends: true as const,
        test: {
          name: root.replace('packages/', ''),
          root,
          include: [root === 'test' ? '**/*.test.ts' : 'test/**/*.test.ts'],
        },
      })),
  },
})
