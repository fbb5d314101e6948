import type { Kysely } from 'kysely'
import type { Rows } from '../../ports/metadata-store.ts'
import type { SqlEngine } from './engine.ts'
import { auditRows } from './rows/access/audit.ts'
import { signingKeyRows } from './rows/access/signing-keys.ts'
import { userRows } from './rows/access/users.ts'
import { blobRows } from './rows/blobs/blobs.ts'
import { journalRows } from './rows/blobs/journal.ts'
import { multipartRows } from './rows/blobs/multiparts.ts'
import { reviewRows } from './rows/blobs/reviews.ts'
import { uploadRows } from './rows/blobs/uploads.ts'
import { binRows } from './rows/images/bin.ts'
import { imageRows } from './rows/images/images.ts'
import { tagHistoryRows } from './rows/images/tag-history.ts'
import { moveRows } from './rows/move/moves.ts'
import { tableRows } from './rows/move/tables.ts'
import { usageRows } from './rows/repositories/account-usage.ts'
import { lifecycleRows } from './rows/repositories/lifecycle.ts'
import { registryRows } from './rows/repositories/registries.ts'
import { repositoryRows } from './rows/repositories/repositories.ts'
import { inventoryRows } from './rows/upkeep/inventory.ts'
import { passRows } from './rows/upkeep/passes.ts'
import { scheduleRows } from './rows/upkeep/schedules.ts'
import { timeRows } from './rows/upkeep/times.ts'
import type { Schema } from './schema.ts'

/** The port's rows over one database, or over one transaction of it. */
export const sqlRows = (db: Kysely<Schema>, engine: SqlEngine): Rows => ({
  registries: registryRows(db),
  users: userRows(db),
  repositories: repositoryRows(db),
  images: imageRows(db),
  bin: binRows(db, engine),
  tagHistory: tagHistoryRows(db),
  blobs: blobRows(db),
  reviews: reviewRows(db, engine),
  uploads: uploadRows(db),
  journal: journalRows(db),
  signingKeys: signingKeyRows(db),
  lifecycle: lifecycleRows(db),
  audit: auditRows(db),
  usage: usageRows(db),
  schedules: scheduleRows(db),
  passes: passRows(db),
  inventory: inventoryRows(db),
  moves: moveRows(db),
  tables: tableRows(db, engine),
  times: timeRows(db),
  multiparts: multipartRows(db),
})
