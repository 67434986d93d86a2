export {
  type AdapterCase,
  adapterCase,
  type AdapterServer,
  type AdapterTools,
  type Sent,
  type Someone,
} from './adapter-case.ts'
export { type Answer, openConnection, type RawConnection } from './adapter-client.ts'
export { adapterCases, adapterContract, type AdapterContractOptions, adapterHttp2Cases } from './adapter-contract.ts'
export {
  type AdapterFixture,
  adapterFixture,
  type AdapterOptions,
  type FixedAnswer,
  type FixedRoute,
  fixedType,
  type SeenRequest,
} from './adapter-fixture.ts'
export { listen, referenceServer } from './adapter-reference.ts'
export { notCompared, type Transcript } from './adapter-transcript.ts'
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
