import { type Kysely, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName, Tag } from '../../../../domain/names.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { ImageRows } from '../../../../ports/rows/images/images.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { toBuffer, toJson } from '../../columns.ts'
import { hotQuery } from '../../hot-query.ts'
import { MANIFEST, toAnnotated, toManifest } from '../../manifest-columns.ts'
import { countImages, deleteManifests } from '../../manifests.ts'
import type { Schema } from '../../schema.ts'
import { queueReviews } from '../blobs/reviews.ts'
import { departureRows, noteDepartures } from './departures.ts'
import { addMissing, addReferences, giveToWaiting } from './references.ts'
import { tagRows } from './tags.ts'

type Path = { alias: RegistryAlias; name: RepositoryName }

const HEAD = [
  'repositories.id as repositoryId',
  'manifests.digest',
  'manifests.media_type as mediaType',
  'manifests.size_bytes as sizeBytes',
] as const

const headByTag = hotQuery((db, values: Path & { tag: Tag }) =>
  db
    .selectFrom('aliases')
    .innerJoin('repositories', 'repositories.account_id', 'aliases.account_id')
    .leftJoin('tags', join => join.onRef('tags.repository_id', '=', 'repositories.id').on('tags.tag', '=', values.tag))
    .leftJoin('manifests', join =>
      join.onRef('manifests.repository_id', '=', 'tags.repository_id').onRef('manifests.digest', '=', 'tags.digest'),
    )
    .select(HEAD)
    .where('aliases.alias', '=', values.alias)
    .where('repositories.name', '=', values.name),
)

const headByDigest = hotQuery((db, values: Path & { digest: Digest }) =>
  db
    .selectFrom('aliases')
    .innerJoin('repositories', 'repositories.account_id', 'aliases.account_id')
    .leftJoin('manifests', join =>
      join.onRef('manifests.repository_id', '=', 'repositories.id').on('manifests.digest', '=', values.digest),
    )
    .select(HEAD)
    .where('aliases.alias', '=', values.alias)
    .where('repositories.name', '=', values.name),
)

const exactBytes = hotQuery((db, values: { repositoryId: RepositoryId; digest: Digest }) =>
  db
    .selectFrom('manifest_bytes')
    .select('bytes')
    .where('repository_id', '=', values.repositoryId)
    .where('digest', '=', values.digest),
)

type Some = { repositoryId: RepositoryId; digest: Digest; enough: number }

/** One row for each tag or reference of a manifest, for so many of them. */
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

export function imageRows(db: Kysely<Schema>): ImageRows {
  const manifestsOf = (repositoryId: RepositoryId) =>
    db.selectFrom('manifests').select(MANIFEST).where('repository_id', '=', repositoryId).orderBy('digest')

  return {
    ...tagRows(db),
    ...departureRows(db),

    async resolve(alias, name, reference) {
      const [row] =
        'tag' in reference
          ? await headByTag(db, { alias, name, tag: reference.tag })
          : await headByDigest(db, { alias, name, digest: reference.digest })
      if (row === undefined) return undefined
      const { repositoryId, digest, mediaType, sizeBytes } = row
      if (digest === null || mediaType === null || sizeBytes === null) return { repositoryId, manifest: undefined }
      return { repositoryId, manifest: { digest, mediaType, sizeBytes } }
    },

    async read(repositoryId, digest) {
      const [row] = await exactBytes(db, { repositoryId, digest })
      return row && toBuffer(row.bytes)
    },

    async find(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        manifestsOf(repositoryId).where('digest', 'in', chunk).execute(),
      )
      return found.map(row => toManifest(row))
    },

    async list(repositoryId, { after, limit }) {
      let query = manifestsOf(repositoryId).limit(limit)
      if (after !== undefined) query = query.where('digest', '>', after)
      return (await query.execute()).map(row => toManifest(row))
    },

    async put(row, bytes, references) {
      const { repositoryId: repository_id, digest } = row
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto('manifests')
        .values({
          repository_id,
          digest,
          media_type: row.mediaType,
          artifact_type: row.artifactType ?? null,
          config_media_type: row.configMediaType ?? null,
          subject: row.subject ?? null,
          annotations: toJson(row.annotations),
          size_bytes: row.sizeBytes,
          image_size_bytes: row.imageSizeBytes,
          pushed_at: row.pushedAt,
          last_pulled_at: row.lastPulledAt ?? null,
        })
        .onConflict(conflict => conflict.columns(['repository_id', 'digest']).doNothing())
        .executeTakeFirstOrThrow()
      if (added === 0n) {
        await addMissing(db, repository_id, digest, references)
        return false
      }
      await db.insertInto('manifest_bytes').values({ repository_id, digest, bytes }).execute()
      await addReferences(db, repository_id, digest, references)
      await countImages(db, repository_id, 1)
      await giveToWaiting(db, repository_id, digest, 'manifest')
      return true
    },

    async delete(repositoryId, digests, at) {
      for (const chunk of chunksOf(digests)) {
        const blobs = db
          .selectFrom('manifest_blobs')
          .select('blob as digest')
          .where('repository_id', '=', repositoryId)
          .where('manifest', 'in', chunk)
        await queueReviews(db, blobs, at)
        await noteDepartures(db, repositoryId, chunk)
      }
      const deleted = await deleteManifests(db, repositoryId, digests)
      await countImages(db, repositoryId, -deleted)
    },

    async existing(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('manifests')
          .select('digest')
          .where('repository_id', '=', repositoryId)
          .where('digest', 'in', chunk)
          .execute(),
      )
      return new Set(found.map(row => row.digest))
    },

    async parents(repositoryId, children, limit) {
      const inOrder = db
        .selectFrom('manifest_children')
        .select(['child', 'parent'])
        .where('repository_id', '=', repositoryId)
        .orderBy('child')
        .orderBy('parent')
      const pairs: { child: Digest; parent: Digest }[] = []
      // Sorted first, so that the chunks are in order too.
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

    async weigh(repositoryId, digests, enough) {
      let weight = 0
      for (const digest of digests)
        for (const rowsOf of hangingOn) {
          if (weight >= enough) return weight
          weight += (await rowsOf(db, { repositoryId, digest, enough })).length
        }
      return weight
    },

    async recordPulls(pulls) {
      for (const { repositoryId, digest, at } of pulls) {
        await db
          .updateTable('manifests')
          .set({ last_pulled_at: at })
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .where(({ or, eb }) => or([eb('last_pulled_at', 'is', null), eb('last_pulled_at', '<', at)]))
          .execute()
      }
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
      // Sizes decide before annotations are read. One statement, so that it is one moment that both are of.
      const last = db
        .selectFrom(summed)
        .select(({ fn }) => fn.max('digest').as('digest'))
        .where('before', '<', enoughBytes)
      const rows = await wanted
        .select(MANIFEST)
        .select('annotations')
        .where('digest', '<=', last)
        .orderBy('digest')
        .execute()
      return rows.map(toAnnotated)
    },
  }
}
