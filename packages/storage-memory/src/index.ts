export { type MemoryStorage, memoryStorage, type MemoryStorageOptions } from './memory-storage.ts'
