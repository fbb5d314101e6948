// A registry of very many images, written straight into berth's tables: pushing a million would take all day.

import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const IMAGES_PER_REPOSITORY = 100_000
const LAYER_BYTES = 4096

const digestOf = text => `sha256:${createHash('sha256').update(text).digest('hex')}`

/**
 * Adds `images` untagged images, each with a layer of its own and a base layer that all share, to the repositories
 * `bulk-0`, `bulk-1` and so on of the account. The first `withFiles` of `bulk-0` have their layers' files, and are
 * returned as digests: they are the ones to delete.
 */
export function addImages(folder, { accountId, images, withFiles }) {
  const database = new DatabaseSync(join(folder, 'berth.db'))
  database.exec('pragma foreign_keys = off; pragma synchronous = off; begin immediate')
  const insert = (table, columns) =>
    database.prepare(`insert into ${table} (${columns}) values (${columns.replace(/\w+/g, '?')})`)
  const repository = insert('repositories', 'account_id, name, created_at, resource_tags, image_count')
  const blob = insert('blobs', 'digest, size_bytes, storage_key, lease_until')
  const link = insert('repository_blobs', 'repository_id, digest, lease_until')
  const manifest = insert('manifests', 'repository_id, digest, media_type, size_bytes, image_size_bytes, pushed_at')
  const bytes = insert('manifest_bytes', 'repository_id, digest, bytes')
  const reference = insert('manifest_blobs', 'repository_id, manifest, blob')

  const base = digestOf('bulk base layer')
  blob.run(base, 50_000_000, randomUUID(), 0)
  const toDelete = []
  let repositoryId
  for (let image = 0; image < images; image++) {
    if (image % IMAGES_PER_REPOSITORY === 0) {
      const count = Math.min(IMAGES_PER_REPOSITORY, images - image)
      const name = `bulk-${image / IMAGES_PER_REPOSITORY}`
      repositoryId = repository.run(accountId, name, 0, '[]', count).lastInsertRowid
      link.run(repositoryId, base, 0)
    }
    const layer = digestOf(`bulk layer ${image}`)
    const content = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, layers: [base, layer] })
    const digest = digestOf(content)
    const key = randomUUID()
    blob.run(layer, LAYER_BYTES, key, 0)
    link.run(repositoryId, layer, 0)
    manifest.run(repositoryId, digest, MANIFEST_TYPE, content.length, 50_000_000 + LAYER_BYTES, 0)
    bytes.run(repositoryId, digest, Buffer.from(content))
    reference.run(repositoryId, digest, base)
    reference.run(repositoryId, digest, layer)
    if (image >= withFiles) continue
    toDelete.push(digest)
    const shard = join(folder, 'blobs', key.slice(0, 2))
    mkdirSync(shard, { recursive: true })
    writeFileSync(join(shard, key), Buffer.alloc(LAYER_BYTES, image))
  }
  database.exec('commit; pragma wal_checkpoint(truncate); analyze')
  database.close()
  return toDelete
}

/** How much the collector still has to do. */
export function openQueue(folder) {
  const database = new DatabaseSync(join(folder, 'berth.db'), { readOnly: true })
  const count = database.prepare(
    'select (select count(*) from blob_reviews where review_after <= ?) as reviews, (select count(*) from removals) as removals',
  )
  const look = () => count.get(Date.now())
  return {
    hasBegun: () => look().removals > 0,
    isEmpty: () => Object.values(look()).every(waiting => waiting === 0),
    close: () => database.close(),
  }
}
