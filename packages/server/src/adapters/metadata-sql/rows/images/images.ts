import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName, Tag } from '../../../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import type { ImageRows } from '../../../../ports/rows/images/images.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { MANIFEST, SHARED, toManifest } from '../../columns/manifest-columns.ts'
import { toBuffer, toJson } from '../../columns/stored.ts'
import { countImages, countPush } from '../../counters.ts'
import { hotQuery } from '../../hot-query.ts'
import { addMissing, addReferences, deleteReferences, giveToWaiting } from '../../record-references.ts'
import type { Schema } from '../../schema.ts'
import { queueReviews } from '../blobs/reviews.ts'
import { noteDepartures } from './departures.ts'
import { deleteTagsOf } from './tags.ts'

interface Path {
  alias: RegistryAlias
  name: RepositoryName
}

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

export function imageRows(db: Kysely<Schema>): ImageRows {
  const manifestsOf = (repositoryId: RepositoryId) =>
    db.selectFrom('manifests').select(MANIFEST).where('repository_id', '=', repositoryId).orderBy('digest')

  return {
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
      await countPush(db, repository_id, row.pushedAt)
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
  }
}

/** Deletes manifests with all that hangs on them, and tells how many there were. */
async function deleteManifests(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<number> {
  // The loop goes twice, so that an index and its children can go together whatever chunk each is in.
  for (const chunk of chunksOf(digests)) {
    await deleteReferences(db, repositoryId, chunk)
    await deleteTagsOf(db, repositoryId, chunk)
    await db
      .deleteFrom('manifest_bytes')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .execute()
    // SQLite works on this thread: pulls are served between two chunks of a large set.
    await nextTurn()
  }
  let deleted = 0
  for (const chunk of chunksOf(digests)) {
    const { numDeletedRows } = await db
      .deleteFrom('manifests')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .executeTakeFirstOrThrow()
    deleted += Number(numDeletedRows)
    await nextTurn()
  }
  return deleted
}

/** Makes a deleted image's manifest live. False when the manifest is live already. */
export async function restoreManifest(db: Kysely<Schema>, id: DeletionId): Promise<boolean> {
  const added = await db
    .insertInto('manifests')
    .columns(SHARED)
    .expression(db.selectFrom('deleted_images').select(SHARED).where('id', '=', id))
    .onConflict(conflict => conflict.columns(['repository_id', 'digest']).doNothing())
    .returning('digest')
    .executeTakeFirst()
  if (added === undefined) return false
  await db
    .insertInto('manifest_bytes')
    .columns(['repository_id', 'digest', 'bytes'])
    .expression(db.selectFrom('deleted_images').select(['repository_id', 'digest', 'bytes']).where('id', '=', id))
    .execute()
  return true
}
