import { type Digest, digestOf } from '../../../domain/digest.ts'
import { parseRepositoryName, parseTag } from '../../../domain/names.ts'
import type { StorageKey } from '../../../ports/blob-store.ts'
import { pushManifest } from '../../../registry/images/push-manifest.ts'
import { refTo } from '../../../registry/repositories/repository-ref.ts'
import { type Harness, OWNER } from './harness.ts'

const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

/** Makes a blob exist in the repository by its rows alone: no test of this API reads its bytes. */
export async function seedBlob(harness: Harness, repository: string, content: string): Promise<Digest> {
  const digest = digestOf(content)
  const storageKey = `seed-${digest}` as StorageKey
  await harness.context.metadata.transaction(async rows => {
    const row = await rows.repositories.find(OWNER, parseRepositoryName(repository))
    if (row === undefined) throw new Error(`there is no ${repository}`)
    await rows.blobs.commit(row.id, { digest, sizeBytes: content.length, storageKey }, harness.clock.now() + 1_000)
  })
  return digest
}

/** The text of an image's manifest, whose config and layer are in the repository by then. */
export async function seedManifest(harness: Harness, repository: string, name: string): Promise<string> {
  const config = `config of ${name}`
  const layer = `layer of ${name}, a little longer`
  const descriptor = async (mediaType: string, content: string) => ({
    mediaType,
    digest: await seedBlob(harness, repository, content),
    size: content.length,
  })
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: await descriptor(CONFIG, config),
    layers: [await descriptor(LAYER, layer)],
  })
}

export function indexOf(...children: Digest[]): string {
  const manifests = children.map(digest => ({ mediaType: IMAGE, digest, size: 2 }))
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
}

/** Pushes a manifest past the API. */
export async function push(harness: Harness, repository: string, manifest: string, ...tags: string[]): Promise<Digest> {
  const row = await harness.context.metadata.rows.repositories.find(OWNER, parseRepositoryName(repository))
  if (row === undefined) throw new Error(`there is no ${repository}`)
  const { digest } = await pushManifest(
    harness.context,
    { principal: 'pusher', via: 'call' },
    {
      repository: refTo(row),
      bytes: Buffer.from(manifest),
      contentType: undefined,
      tags: tags.map(parseTag),
    },
  )
  return digest
}

/** Pushes an image whose content follows from `name`. */
export async function pushImage(
  harness: Harness,
  repository: string,
  name: string,
  ...tags: string[]
): Promise<Digest> {
  return push(harness, repository, await seedManifest(harness, repository, name), ...tags)
}
