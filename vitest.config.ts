import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const conditions = ['@sallyport/source', 'module', 'node', 'development|production']
const roots = [...readdirSync('packages').map((name) => `packages/${name}`), 'test']

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Two busy cores are slow, not wrong.
    testTimeout: 30_000,
    hookTimeout: 60_000,
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
