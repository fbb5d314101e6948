import { blobStoreContract } from '../../ports/blob-store.contract.ts'
import { createMemoryBlobStore } from './blob-memory.ts'

blobStoreContract('memory', async () => ({ store: createMemoryBlobStore(), dispose: async () => undefined }))
