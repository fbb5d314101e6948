import type { Image } from './images.ts'
import type { Registry } from './registry.ts'

/** Pushes an image through the control API. It is the quickest way for a test whose subject is something else. */
export async function pushImage(registry: Registry, repositoryName: string, image: Image, tag: string): Promise<void> {
  for (const { digest, size } of [image.config, ...image.layers]) {
    const { uploadId } = await registry.control('InitiateLayerUpload', { repositoryName })
    const layerPartBlob = image.blobs.get(digest)?.toString('base64')
    const part = { repositoryName, uploadId, partFirstByte: 0, partLastByte: size - 1, layerPartBlob }
    await registry.control('UploadLayerPart', part)
    await registry.control('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [digest] })
  }
  const imageManifest = image.blobs.get(image.manifest.digest)?.toString()
  await registry.control('PutImage', { repositoryName, imageManifest, imageTag: tag })
}
