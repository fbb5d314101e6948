import type { Kysely } from 'kysely'
import type { Rows } from '../../ports/metadata-store.ts'
import type { SqlEngine } from './engine.ts'
import { accessKeyRows } from './rows/access/access-keys.ts'
import { auditRows } from './rows/access/audit.ts'
import { endedSessionRows } from './rows/access/ended-sessions.ts'
import { signInLinkRows } from './rows/access/sign-in-links.ts'
import { signingKeyRows } from './rows/access/signing-keys.ts'
import { userRows } from './rows/access/users.ts'
import { blobUseRows } from './rows/blobs/blob-uses.ts'
import { blobRows } from './rows/blobs/blobs.ts'
import { journalRows } from './rows/blobs/journal.ts'
import { multipartRows } from './rows/blobs/multiparts.ts'
import { reviewRows } from './rows/blobs/reviews.ts'
import { uploadClaimRows } from './rows/blobs/upload-claims.ts'
import { uploadRows } from './rows/blobs/uploads.ts'
import { imageConfigRows } from './rows/gallery/image-configs.ts'
import { searchRows } from './rows/gallery/search.ts'
import { searchMarkRows } from './rows/gallery/search-marks.ts'
import { shownRepositoryRows } from './rows/gallery/shown-repositories.ts'
import { tagOrderRows } from './rows/gallery/tag-order.ts'
import { belongingRows } from './rows/images/belongings.ts'
import { binRows } from './rows/images/bin.ts'
import { departureRows } from './rows/images/departures.ts'
import { imageJobRows } from './rows/images/image-jobs.ts'
import { imageRows } from './rows/images/images.ts'
import { pullCountRows } from './rows/images/pull-counts.ts'
import { referenceRows } from './rows/images/references.ts'
import { restorableRows } from './rows/images/restorable.ts'
import { tagHistoryRows } from './rows/images/tag-history.ts'
import { tagRows } from './rows/images/tags.ts'
import { moveRows } from './rows/move/moves.ts'
import { tableRows } from './rows/move/tables.ts'
import { usageRows } from './rows/repositories/account-usage.ts'
import { hiddenRepositoryRows } from './rows/repositories/hidden-repositories.ts'
import { lifecycleRows } from './rows/repositories/lifecycle.ts'
import { registryRows } from './rows/repositories/registries.ts'
import { repositoryRows } from './rows/repositories/repositories.ts'
import { repositorySettingsRows } from './rows/repositories/repository-settings.ts'
import { inventoryRows } from './rows/upkeep/inventory.ts'
import { passRows } from './rows/upkeep/passes.ts'
import { scheduleRows } from './rows/upkeep/schedules.ts'
import { serverRows } from './rows/upkeep/servers.ts'
import { timeRows } from './rows/upkeep/times.ts'
import type { Schema } from './schema.ts'

/** The port's rows over one database, or over one transaction of it. */
export const sqlRows = (db: Kysely<Schema>, engine: SqlEngine): Rows => ({
  registries: registryRows(db),
  repositories: repositoryRows(db),
  repositorySettings: repositorySettingsRows(db),
  hiddenRepositories: hiddenRepositoryRows(db),
  lifecycle: lifecycleRows(db),
  accountUsage: usageRows(db),
  shownRepositories: shownRepositoryRows(db),
  tagOrder: tagOrderRows(db),
  imageConfigs: imageConfigRows(db),
  search: searchRows(db, engine),
  searchMarks: searchMarkRows(db, engine),

  users: userRows(db),
  accessKeys: accessKeyRows(db),
  signingKeys: signingKeyRows(db),
  endedSessions: endedSessionRows(db),
  signInLinks: signInLinkRows(db),
  audit: auditRows(db),

  images: imageRows(db),
  references: referenceRows(db),
  belongings: belongingRows(db),
  departures: departureRows(db),
  imageJobs: imageJobRows(db),
  tags: tagRows(db),
  tagHistory: tagHistoryRows(db),
  pullCounts: pullCountRows(db),
  bin: binRows(db, engine),
  restorable: restorableRows(db),

  blobs: blobRows(db),
  blobUses: blobUseRows(db),
  reviews: reviewRows(db, engine),
  uploads: uploadRows(db),
  uploadClaims: uploadClaimRows(db),
  journal: journalRows(db),
  multiparts: multipartRows(db),

  schedules: scheduleRows(db),
  servers: serverRows(db),
  passes: passRows(db),
  times: timeRows(db),
  inventory: inventoryRows(db),

  moves: moveRows(db),
  tables: tableRows(db, engine),
})
