import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { DatabaseRefused } from '../../ports/database-refused.ts'
import type { SqlEngine } from './engine.ts'
import { uploadWishes } from './migrations/0011-upload-wishes.ts'
import { multiparts } from './migrations/0012-multiparts.ts'
import { accountUsage } from './migrations/0013-account-usage.ts'
import { keepRulesDue } from './migrations/0014-keep-rules-due.ts'
import { servers } from './migrations/0015-servers.ts'
import { gallery } from './migrations/0016-gallery.ts'
import { removalHolds } from './migrations/0017-removal-holds.ts'
import { tagOrder } from './migrations/0018-tag-order.ts'
import { imageJobs } from './migrations/0019-image-jobs.ts'
import { signIn } from './migrations/0020-sign-in.ts'
import { imageConfigs } from './migrations/0021-image-configs.ts'
import { search } from './migrations/0022-search.ts'
import { searchPlatforms } from './migrations/0023-search-platforms.ts'
import { pullCounts } from './migrations/0024-pull-counts.ts'
import { searchBeginnings } from './migrations/0025-search-beginnings.ts'
import { searchRemade } from './migrations/0026-search-remade.ts'
import { tables } from './migrations/to-0010/0001-tables.ts'
import { binAndRules } from './migrations/to-0010/0002-bin-and-rules.ts'
import { collection } from './migrations/to-0010/0003-collection.ts'
import { uploadTurns } from './migrations/to-0010/0004-upload-turns.ts'
import { storageMoves } from './migrations/to-0010/0005-storage-moves.ts'
import { references } from './migrations/to-0010/0006-references.ts'
import { referrerTypes } from './migrations/to-0010/0007-referrer-types.ts'
import { principals } from './migrations/to-0010/0008-principals.ts'
import { tagHistory } from './migrations/to-0010/0009-tag-history.ts'
import { hiddenRepositories } from './migrations/to-0010/0010-hidden-repositories.ts'
import type { Schema } from './schema.ts'

/**
 * The steps in their order, forward only. A step that was released never changes. docs/upgrading.md says what a step
 * may do.
 */
export const STEPS: Readonly<Record<string, (engine: SqlEngine) => string[]>> = {
  '0001-tables': tables,
  '0002-bin-and-rules': binAndRules,
  '0003-collection': collection,
  '0004-upload-turns': uploadTurns,
  '0005-storage-moves': storageMoves,
  '0006-references': references,
  '0007-referrer-types': referrerTypes,
  '0008-principals': principals,
  '0009-tag-history': tagHistory,
  '0010-hidden-repositories': hiddenRepositories,
  '0011-upload-wishes': uploadWishes,
  '0012-multiparts': multiparts,
  '0013-account-usage': accountUsage,
  '0014-keep-rules-due': keepRulesDue,
  '0015-servers': servers,
  '0016-gallery': gallery,
  '0017-removal-holds': removalHolds,
  '0018-tag-order': tagOrder,
  '0019-image-jobs': imageJobs,
  '0020-sign-in': signIn,
  '0021-image-configs': imageConfigs,
  '0022-search': search,
  '0023-search-platforms': searchPlatforms,
  '0024-pull-counts': pullCounts,
  '0025-search-beginnings': searchBeginnings,
  '0026-search-remade': searchRemade,
}

/**
 * Brings the tables up to this version of berth. Processes that open the database together take turns. `place` says to
 * an operator where the database is. With `upTo` that step is the last one that is taken, where it was not taken yet.
 * @throws DatabaseRefused when a newer berth has been at this database; Error when a step fails
 */
export async function migrate(
  db: Kysely<Schema>,
  engine: SqlEngine,
  place: string,
  upTo: string | undefined,
): Promise<void> {
  const migrations = Object.fromEntries(
    Object.entries(STEPS).map(([name, statements]) => [name, migration(statements(engine))]),
  )
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrateUpTo(migrator, upTo))
  // Where nothing can be read, what went wrong first is what to tell.
  if (error !== undefined) throw (await refusalOfNewer(db, place).catch(() => undefined)) ?? error
}

/** Takes the steps up to one. A database that is further on stays as it is. */
async function migrateUpTo(migrator: Migrator, upTo: string): Promise<{ error?: unknown }> {
  const found = (await migrator.getMigrations()).find(({ name }) => name === upTo)
  return found?.executedAt === undefined ? migrator.migrateTo(upTo) : {}
}

/** The refusal of a database that has been taken further than this version knows. */
async function refusalOfNewer(db: Kysely<Schema>, place: string): Promise<Error | undefined> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const unknown = rows.find(({ name }) => !(name in STEPS))
  return (
    unknown &&
    new DatabaseRefused(
      `${place} was brought up to date by a newer berth (its step ${unknown.name} is not known here), and stays as it ` +
        'is. Run that release, or a newer one.',
    )
  )
}

function migration(statements: readonly string[]): Migration {
  return {
    async up(db) {
      for (const statement of statements) await sql.raw(statement).execute(db)
    },
  }
}
