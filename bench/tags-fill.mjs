import { digestOf } from '../packages/server/dist/domain/digest.js'

const TAGS_OF_AN_IMAGE = 2
/** @type {any} */
const ACCOUNT = '111111111111'
/** @type {any} */
export const PATH = { alias: 'acme', name: 'tools/web' }

/**
 * One repository with so many tags.
 *
 * @param {import('../packages/server/dist/ports/metadata-store.js').MetadataStore} metadata
 * @param {number} size
 */
export async function fillTags(metadata, size) {
  const { id } = await metadata.transaction(async rows => {
    await rows.registries.create({
      accountId: ACCOUNT,
      createdAt: 1,
      displayName: undefined,
      verified: false,
      createOnPush: false,
    })
    await rows.registries.addAlias({
      alias: PATH.alias,
      accountId: ACCOUNT,
      primary: true,
      isDefault: true,
      createdAt: 1,
    })
    const absent = { policyText: undefined, catalogData: undefined, resourceTags: [] }
    return rows.repositories.create({ accountId: ACCOUNT, name: PATH.name, createdAt: 1, ...absent })
  })
  for (let start = 0; start < size; start += 1_000)
    await metadata.transaction(async rows => {
      for (let at = start; at < Math.min(size, start + 1_000); at += TAGS_OF_AN_IMAGE) {
        const digest = digestOf(`image ${at}`)
        /** @type {any} */
        const image = {
          repositoryId: id,
          digest,
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          sizeBytes: 2,
          imageSizeBytes: 9,
          pushedAt: at,
        }
        await rows.images.put(image, Buffer.from('{}'), { blobs: [], children: [] })
        /** @type {any} */
        const tags = Array.from({ length: TAGS_OF_AN_IMAGE }, (_, more) => ({
          repositoryId: id,
          tag: `1.${at + more}`,
          digest,
          createdAt: at + more,
        }))
        await rows.tags.put(tags)
      }
    })
}
