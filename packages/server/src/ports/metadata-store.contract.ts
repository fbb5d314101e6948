import { describe } from 'vitest'
import { auditContract } from './metadata-contract/access/audit.contract.ts'
import { sessionContract } from './metadata-contract/access/sessions.contract.ts'
import { signingKeyContract } from './metadata-contract/access/signing-keys.contract.ts'
import { userContract } from './metadata-contract/access/users.contract.ts'
import { blobUseContract } from './metadata-contract/blobs/blob-uses.contract.ts'
import { blobContract } from './metadata-contract/blobs/blobs.contract.ts'
import { journalContract } from './metadata-contract/blobs/journal.contract.ts'
import { multipartContract } from './metadata-contract/blobs/multiparts.contract.ts'
import { reviewContract } from './metadata-contract/blobs/reviews.contract.ts'
import { uploadContract } from './metadata-contract/blobs/uploads.contract.ts'
import { imageConfigContract } from './metadata-contract/gallery/image-configs.contract.ts'
import { searchContract } from './metadata-contract/gallery/search.contract.ts'
import { shownRepositoryContract } from './metadata-contract/gallery/shown-repositories.contract.ts'
import { tagOrderContract } from './metadata-contract/gallery/tag-order.contract.ts'
import { belongingContract } from './metadata-contract/images/belongings.contract.ts'
import { binContract } from './metadata-contract/images/bin.contract.ts'
import { departureContract } from './metadata-contract/images/departures.contract.ts'
import { imageJobContract } from './metadata-contract/images/image-jobs.contract.ts'
import { imageContract } from './metadata-contract/images/images.contract.ts'
import { pullCountContract } from './metadata-contract/images/pull-counts.contract.ts'
import { referenceContract } from './metadata-contract/images/references.contract.ts'
import { tagHistoryContract } from './metadata-contract/images/tag-history.contract.ts'
import { tagContract } from './metadata-contract/images/tags.contract.ts'
import { moveContract } from './metadata-contract/move/moves.contract.ts'
import { usageContract } from './metadata-contract/repositories/account-usage.contract.ts'
import { lifecycleContract } from './metadata-contract/repositories/lifecycle.contract.ts'
import { registryContract } from './metadata-contract/repositories/registries.contract.ts'
import { repositoryContract } from './metadata-contract/repositories/repositories.contract.ts'
import { repositorySettingsContract } from './metadata-contract/repositories/repository-settings.contract.ts'
import type { WithStore } from './metadata-contract/testing/fixtures.ts'
import { transactionContract } from './metadata-contract/transactions.contract.ts'
import { inventoryContract } from './metadata-contract/upkeep/inventory.contract.ts'
import { passContract } from './metadata-contract/upkeep/passes.contract.ts'
import { scheduleContract } from './metadata-contract/upkeep/schedules.contract.ts'
import { serverContract } from './metadata-contract/upkeep/servers.contract.ts'
import { timesContract } from './metadata-contract/upkeep/times.contract.ts'
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
    pullCountContract(withStore)
    binContract(withStore)
    lifecycleContract(withStore)
    blobContract(withStore)
    blobUseContract(withStore)
    uploadContract(withStore)
    reviewContract(withStore)
    inventoryContract(withStore)
    referenceContract(withStore)
    belongingContract(withStore)
    imageJobContract(withStore)
    moveContract(withStore)
    timesContract(withStore)
    multipartContract(withStore)
    passContract(withStore)
    journalContract(withStore)
    departureContract(withStore)
    signingKeyContract(withStore)
    sessionContract(withStore)
    scheduleContract(withStore)
    serverContract(withStore)
    auditContract(withStore)
    repositorySettingsContract(withStore)
    shownRepositoryContract(withStore)
    tagOrderContract(withStore)
    imageConfigContract(withStore)
    searchContract(withStore)
  })
}
