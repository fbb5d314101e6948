import type { Kysely } from 'kysely'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { LifecycleRow, LifecycleRows } from '../../../../ports/rows/repositories/lifecycle.ts'
import type { Stored } from '../../columns/stored.ts'
import type { Schema } from '../../schema.ts'

export function lifecycleRows(db: Kysely<Schema>): LifecycleRows {
  const policies = db
    .selectFrom('repositories')
    .select(['id as repositoryId', 'lifecycle_policy as policyText', 'lifecycle_evaluated_at as evaluatedAt'])
    .where('lifecycle_policy', 'is not', null)
    .$narrowType<{ policyText: string }>()

  return {
    async find(repositoryId) {
      const row = await policies.where('id', '=', repositoryId).executeTakeFirst()
      return row && toLifecycle(row)
    },

    async set(repositoryId, policyText) {
      await db
        .updateTable('repositories')
        .set({ lifecycle_policy: policyText ?? null, lifecycle_evaluated_at: null })
        .where('id', '=', repositoryId)
        .execute()
    },

    async setEvaluatedAt(repositoryId, at) {
      await db.updateTable('repositories').set({ lifecycle_evaluated_at: at }).where('id', '=', repositoryId).execute()
    },

    async due(until, { after, limit }) {
      let query = policies
        .where(({ or, eb }) =>
          or([eb('lifecycle_evaluated_at', 'is', null), eb('lifecycle_evaluated_at', '<=', until)]),
        )
        .orderBy('id')
        .limit(limit)
      if (after !== undefined) query = query.where('id', '>', after)
      return (await query.execute()).map(toLifecycle)
    },

    async dueIds(until, limit) {
      const ids = db.selectFrom('repositories').select('id').where('lifecycle_policy', 'is not', null).limit(limit)
      const never = await ids.where('lifecycle_evaluated_at', 'is', null).execute()
      const before = await ids.where('lifecycle_evaluated_at', '<=', until).execute()
      return [...never, ...before].slice(0, limit).map(row => row.id)
    },

    async putPreview({ repositoryId, policyText, startedAt }) {
      await db
        .insertInto('lifecycle_previews')
        .values({ repository_id: repositoryId, policy_text: policyText, started_at: startedAt })
        .onConflict(conflict =>
          conflict.column('repository_id').doUpdateSet(({ ref }) => ({
            policy_text: ref('excluded.policy_text'),
            started_at: ref('excluded.started_at'),
          })),
        )
        .execute()
    },

    findPreview: repositoryId =>
      db
        .selectFrom('lifecycle_previews')
        .select(['repository_id as repositoryId', 'policy_text as policyText', 'started_at as startedAt'])
        .where('repository_id', '=', repositoryId)
        .executeTakeFirst(),
  }
}

export async function deletePreview(db: Kysely<Schema>, repositoryId: RepositoryId): Promise<void> {
  await db.deleteFrom('lifecycle_previews').where('repository_id', '=', repositoryId).execute()
}

const toLifecycle = (row: Stored<LifecycleRow>): LifecycleRow => ({ ...row, evaluatedAt: row.evaluatedAt ?? undefined })
