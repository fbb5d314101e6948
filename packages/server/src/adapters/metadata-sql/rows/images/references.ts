import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { ReferenceRows } from '../../../../ports/rows/images/references.ts'
import { chunksOf } from '../../chunks.ts'
import { hotQuery } from '../../hot-query.ts'
import { addMissing, recordedReferences } from '../../record-references.ts'
import type { Schema } from '../../schema.ts'

interface Some {
  repositoryId: RepositoryId
  digest: Digest
  enough: number
}

/** Queries with one row for each tag or reference of manifests, for so many of them. */
const hangingOn = [
  hotQuery((db, values: Some) =>
    db
      .selectFrom('tags')
      .select('repository_id')
      .where('repository_id', '=', values.repositoryId)
      .where('digest', '=', values.digest)
      .limit(sql.val(values.enough)),
  ),
  hotQuery((db, values: Some) =>
    db
      .selectFrom('manifest_blobs')
      .select('repository_id')
      .where('repository_id', '=', values.repositoryId)
      .where('manifest', '=', values.digest)
      .limit(sql.val(values.enough)),
  ),
  hotQuery((db, values: Some) =>
    db
      .selectFrom('manifest_children')
      .select('repository_id')
      .where('repository_id', '=', values.repositoryId)
      .where('parent', '=', values.digest)
      .limit(sql.val(values.enough)),
  ),
]

const REFERRER = [
  'digest',
  'media_type as mediaType',
  'artifact_type as artifactType',
  'size_bytes as sizeBytes',
  'annotations',
] as const

export function referenceRows(db: Kysely<Schema>): ReferenceRows {
  return {
    of: (repositoryId, manifest) => recordedReferences(db, repositoryId, manifest),

    add: (repositoryId, manifest, references) => addMissing(db, repositoryId, manifest, references),

    async parents(repositoryId, children, limit) {
      const inOrder = db
        .selectFrom('manifest_children')
        .select(['child', 'parent'])
        .where('repository_id', '=', repositoryId)
        .orderBy('child')
        .orderBy('parent')
      const pairs: { child: Digest; parent: Digest }[] = []
      // The children are sorted first, so that the chunks are in order too.
      for (const chunk of chunksOf([...children].sort())) {
        const all = inOrder.where('child', 'in', chunk)
        if (limit === undefined) {
          for (const pair of await all.execute()) pairs.push(pair)
          continue
        }
        const enough = limit * chunk.length
        const found = await all.limit(enough).execute()
        if (found.length < enough) pairs.push(...found)
        else for (const child of chunk) pairs.push(...(await inOrder.where('child', '=', child).limit(limit).execute()))
      }
      return pairs
    },

    async referrers(repositoryId, subject, { after, limit, enoughBytes, artifactTypes }) {
      let wanted = db.selectFrom('manifests').where('repository_id', '=', repositoryId).where('subject', '=', subject)
      if (after !== undefined) wanted = wanted.where('digest', '>', after)
      if (artifactTypes !== undefined) {
        const [type = '', ...others] = artifactTypes.map(each => each.toLowerCase())
        const stored = sql<string>`lower(artifact_type)`
        wanted = others.length === 0 ? wanted.where(stored, '=', type) : wanted.where(stored, 'in', [type, ...others])
      }
      const page = wanted.select(['digest', 'size_bytes']).orderBy('digest').limit(limit).as('page')
      const summed = db
        .selectFrom(page)
        .select(['digest', sql<number>`sum(size_bytes) over (order by digest) - size_bytes`.as('before')])
        .as('summed')
      // Sizes decide before annotations are read. One statement does both, so that both are of one moment.
      const last = db
        .selectFrom(summed)
        .select(({ fn }) => fn.max('digest').as('digest'))
        .where('before', '<', enoughBytes)
      const rows = await wanted.select(REFERRER).where('digest', '<=', last).orderBy('digest').execute()
      return rows.map(({ artifactType, annotations, ...row }) => ({
        ...row,
        artifactType: artifactType ?? undefined,
        annotations: annotations ?? undefined,
      }))
    },

    async weigh(repositoryId, digests, enough) {
      let weight = 0
      for (const digest of digests)
        for (const rowsOf of hangingOn) {
          if (weight >= enough) return weight
          weight += (await rowsOf(db, { repositoryId, digest, enough })).length
        }
      return weight
    },
  }
}
