import { afterEach, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.ts'

afterEach(() => vi.unstubAllEnvs())

it('refuses to be used in production, and says what to use', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => memoryStorage()).toThrow('use sqlStorage(db) or redisStorage(client)')
  expect(() => memoryStorage({ inProduction: true })).not.toThrow()
})

it('is for everything else', () => {
  vi.stubEnv('NODE_ENV', 'development')
  expect(() => memoryStorage()).not.toThrow()
})
