import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { RepositoryName } from '../../../../domain/names.ts'
import type { HiddenRepositoryRows } from '../../../../ports/rows/repositories/hidden-repositories.ts'
import { emptyRepository } from '../../empty-repository.ts'
import { HIDDEN } from '../../hidden.ts'
import type { Schema } from '../../schema.ts'
import { cancelUploads } from '../blobs/uploads.ts'
import { deletePreview } from './lifecycle.ts'
import { deleteLogo } from './repository-settings.ts'

/** The condition, as the index of hidden repositories has it. */
const IS_HIDDEN = sql<boolean>`repositories.name >= '~'`
/** The rows of a repository that are removed in one turn. */
const ROWS = 1_000

export function hiddenRepositoryRows(db: Kysely<Schema>): HiddenRepositoryRows {
  return {
    async hide(id) {
      // No name of a repository has the character, and all names come before it.
      const name = `${HIDDEN}${id}` as RepositoryName
      await db.updateTable('repositories').set({ name, lifecycle_policy: null }).where('id', '=', id).execute()
      await deleteLogo(db, id)
    },

    async list(limit) {
      const rows = await db
        .selectFrom('repositories')
        .select('id')
        .where(IS_HIDDEN)
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(row => row.id)
    },

    empty: (id, at, limit) => emptyRepository(db, { id, at, limit }),

    async delete(id, at) {
      await cancelUploads(db, id)
      while (!(await emptyRepository(db, { id, at, limit: ROWS }))) await nextTurn()
      await deleteLogo(db, id)
      await deletePreview(db, id)
      await db.deleteFrom('repositories').where('id', '=', id).execute()
    },
  }
}
