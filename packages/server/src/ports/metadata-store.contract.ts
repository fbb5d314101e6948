import { describe } from 'vitest'
import { usageContract } from './metadata-contract/account-usage.contract.ts'
import { binContract } from './metadata-contract/bin.contract.ts'
import { blobContract } from './metadata-contract/blobs.contract.ts'
import { collectionContract } from './metadata-contract/collection.contract.ts'
import { imageContract } from './metadata-contract/images.contract.ts'
import { inventoryContract } from './metadata-contract/inventory.contract.ts'
import { moveContract } from './metadata-contract/moves.contract.ts'
import { multipartContract } from './metadata-contract/multiparts.contract.ts'
import { referenceContract } from './metadata-contract/references.contract.ts'
import { registryContract } from './metadata-contract/registries.contract.ts'
import { repositoryContract } from './metadata-contract/repositories.contract.ts'
import { rulesContract } from './metadata-contract/rules.contract.ts'
import { tagHistoryContract } from './metadata-contract/tag-history.contract.ts'
import { tagContract } from './metadata-contract/tags.contract.ts'
import type { WithStore } from './metadata-contract/testing/fixtures.ts'
import { timesContract } from './metadata-contract/times.contract.ts'
import { transactionContract } from './metadata-contract/transactions.contract.ts'
import { uploadContract } from './metadata-contract/uploads.contract.ts'
import { userContract } from './metadata-contract/users.contract.ts'
import type { MetadataStore } from './metadata-store.ts'

const withStoreOf =
  (open: () => Promise<MetadataStore>): WithStore =>
  test =>
  async () => {
    const store = await open()
    try {
      await test(store)
    } finally {
      await store.close()
    }
  }

/** What every metadata store promises of its counters, apart because it reads all rows to compare. */
export function accountUsageContract(name: string, open: () => Promise<MetadataStore>): void {
  describe(`MetadataStore contract: ${name}, counters`, () => usageContract(withStoreOf(open)))
}

/** What else every metadata store promises. `open` gives an empty one. */
export function metadataStoreContract(name: string, open: () => Promise<MetadataStore>): void {
  const withStore = withStoreOf(open)
  describe(`MetadataStore contract: ${name}`, () => {
    transactionContract(withStore)
    registryContract(withStore)
    userContract(withStore)
    repositoryContract(withStore)
    imageContract(withStore)
    tagContract(withStore)
    tagHistoryContract(withStore)
    binContract(withStore)
    rulesContract(withStore)
    blobContract(withStore)
    uploadContract(withStore)
    collectionContract(withStore)
    inventoryContract(withStore)
    referenceContract(withStore)
    moveContract(withStore)
    timesContract(withStore)
    multipartContract(withStore)
  })
}
