import type { Kysely } from 'kysely'
import type { Rows } from '../../ports/metadata-store.ts'
import { usageRows } from './account-usage.ts'
import { auditRows } from './audit.ts'
import { binRows } from './bin.ts'
import { blobRows } from './blobs.ts'
import { collectionRows } from './collection.ts'
import type { SqlEngine } from './engine.ts'
import { imageRows } from './images.ts'
import { inventoryRows } from './inventory.ts'
import { lifecycleRows } from './lifecycle.ts'
import { moveRows } from './moves.ts'
import { multipartRows } from './multiparts.ts'
import { registryRows } from './registries.ts'
import { repositoryRows } from './repositories.ts'
import { scheduleRows } from './schedules.ts'
import type { Schema } from './schema.ts'
import { signingKeyRows } from './signing-keys.ts'
import { tableRows } from './table-rows.ts'
import { tagHistoryRows } from './tag-history.ts'
import { timeRows } from './times.ts'
import { uploadRows } from './uploads.ts'
import { userRows } from './users.ts'

/** The port's rows over one database, or over one transaction of it. */
export const sqlRows = (db: Kysely<Schema>, engine: SqlEngine): Rows => ({
  registries: registryRows(db),
  users: userRows(db),
  repositories: repositoryRows(db),
  images: imageRows(db),
  bin: binRows(db, engine),
  tagHistory: tagHistoryRows(db),
  blobs: blobRows(db, engine),
  uploads: uploadRows(db),
  signingKeys: signingKeyRows(db),
  lifecycle: lifecycleRows(db),
  audit: auditRows(db),
  usage: usageRows(db),
  schedules: scheduleRows(db),
  collection: collectionRows(db),
  inventory: inventoryRows(db),
  moves: moveRows(db),
  tables: tableRows(db, engine),
  times: timeRows(db),
  multiparts: multipartRows(db),
})
