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

const WAITING = {
  bytes: `select (select count(*) from blob_reviews where review_after <= ?) as waiting,
    (select count(*) from removals) as underWay`,
  bin: 'select count(*) as waiting, 0 as underWay from deleted_images where purge_after <= ?',
}

/** How much housekeeping still has to do with bytes of deleted images, or with images that are due in the bin. */
export function openQueue(folder, what) {
  const database = new DatabaseSync(join(folder, 'berth.db'), { readOnly: true })
  const count = database.prepare(WAITING[what])
  const look = () => count.get(Date.now())
  const { waiting: atFirst } = look()
  if (atFirst === 0) throw new Error('nothing waits for housekeeping')
  return {
    /** Also where a pass has come and gone between two looks, as it does where little waits. */
    hasBegun: () => look().underWay > 0 || look().waiting < atFirst,
    isEmpty: () => Object.values(look()).every(left => left === 0),
    close: () => database.close(),
  }
}

/** The time of all images in the bin is over, at once and beside the server: its next pass purges them. */
export function endTimeInBin(folder) {
  const database = new DatabaseSync(join(folder, 'berth.db'), { timeout: 10_000 })
  database.exec('update deleted_images set purge_after = 1')
  database.close()
}
