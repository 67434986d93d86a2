export {
  type CountingStorage,
  countingStorage,
  type FailingStorage,
  failingStorage,
  interceptStorage,
  type StorageCall,
  type StorageFailure,
} from './storage-calls.ts'
export type { ContractCase, StorageSubject } from './storage-case.ts'
export {
  type OpenStorage,
  type StorageContractOptions,
  storageCases,
  storageContract,
  type TestRunner,
} from './storage-contract.ts'
