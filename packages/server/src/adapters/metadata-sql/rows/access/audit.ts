import { type Kysely, sql } from 'kysely'
import type { AuditFilter, AuditRecord, AuditRows } from '../../../../ports/rows/access/audit.ts'
import { chunksOf } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

const OPTIONAL = ['source_address', 'account_id', 'repository', 'detail'] as const

export function auditRows(db: Kysely<Schema>): AuditRows {
  /** The records of an account and a repository behind a place, in the order of the filter. */
  const behind = ({ accountId, repository, newestFirst = false }: AuditFilter, after: number | undefined) => {
    let query = db.selectFrom('audit_log').orderBy('id', newestFirst ? 'desc' : 'asc')
    if (after !== undefined) query = query.where('id', newestFirst ? '<' : '>', after)
    if (accountId !== undefined) query = query.where('account_id', '=', accountId)
    if (repository !== undefined) query = query.where('repository', '=', repository)
    return query
  }

  return {
    async append(records) {
      for (const chunk of chunksOf(records)) {
        await db
          .insertInto('audit_log')
          .values(
            chunk.map(record => ({
              recorded_at: record.recordedAt,
              action: record.action,
              principal: record.principal,
              source_address: record.sourceAddress ?? null,
              via: record.via,
              account_id: record.accountId ?? null,
              repository: record.repository ?? null,
              digest: record.digest ?? null,
              tag: record.tag ?? null,
              detail: record.detail ?? null,
            })),
          )
          .execute()
      }
    },

    async appendForTags({ recordedAt, action, principal, via, ...others }, repositoryId, digest) {
      const text = (value: string | undefined, name: 'source_address' | 'account_id' | 'repository' | 'detail') =>
        sql<string | null>`cast(${value ?? null} as text)`.as(name)
      await db
        .insertInto('audit_log')
        .columns(['recorded_at', 'action', 'principal', 'via', ...OPTIONAL, 'digest', 'tag'])
        .expression(
          db
            .selectFrom('tags')
            .select([
              sql<number>`cast(${recordedAt} as bigint)`.as('recorded_at'),
              sql<string>`cast(${action} as text)`.as('action'),
              sql<string>`cast(${principal} as text)`.as('principal'),
              sql<string>`cast(${via} as text)`.as('via'),
              text(others.sourceAddress, 'source_address'),
              text(others.accountId, 'account_id'),
              text(others.repository, 'repository'),
              text(others.detail, 'detail'),
              'digest',
              'tag',
            ])
            .where('repository_id', '=', repositoryId)
            .where('digest', '=', digest)
            .orderBy('tag'),
        )
        .execute()
    },

    async endOfPart(filter, { after, limit }) {
      const row = await behind(filter, after)
        .select('id')
        .offset(limit - 1)
        .limit(1)
        .executeTakeFirst()
      return row?.id
    },

    async list(filter, { after, limit }) {
      const { action, since, until, newestFirst = false, upTo } = filter
      let query = behind(filter, after).selectAll().limit(limit)
      if (upTo !== undefined) query = query.where('id', newestFirst ? '>=' : '<=', upTo)
      if (action !== undefined) query = query.where('action', '=', action)
      if (since !== undefined) query = query.where('recorded_at', '>=', since)
      if (until !== undefined) query = query.where('recorded_at', '<', until)
      const found = await query.execute()
      return found.map((row): AuditRecord & { id: number } => ({
        id: row.id,
        recordedAt: row.recorded_at,
        action: row.action,
        principal: row.principal,
        sourceAddress: row.source_address ?? undefined,
        via: row.via,
        accountId: row.account_id ?? undefined,
        repository: row.repository ?? undefined,
        digest: row.digest ?? undefined,
        tag: row.tag ?? undefined,
        detail: row.detail ?? undefined,
      }))
    },
  }
}
