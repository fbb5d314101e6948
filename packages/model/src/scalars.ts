/** Strings, numbers and flags that several operations or structures share. */
import { blob, boolean, integer, list, long, string, timestamp } from './shapes.ts'

export const repositoryName = string('RepositoryName', {
  min: 2,
  max: 205,
  pattern: '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*',
  documentation: 'The name of the repository, with its namespaces if it has any, such as `team/web`.',
})

/** An account of twelve digits. The operations that push or delete images take `registryIdOrAlias`. */
export const registryId = string('RegistryId', {
  pattern: '[0-9]{12}',
  documentation: "The account that owns the registry, as 12 digits. Without it, the caller's own registry is meant.",
})

export const registryIdOrAlias = string('RegistryIdOrAlias', {
  min: 2,
  max: 50,
  documentation:
    "The account that owns the registry, or an alias of that registry. Without it, the caller's own registry is meant.",
})

export const arn = string('Arn', { min: 1, max: 2048 })
export const url = string('Url')

/** A digest without constraints: a bad one is a failure of one image, not of the whole call. */
export const imageDigest = string('ImageDigest', {
  documentation: 'The digest of the image manifest, such as `sha256:` and 64 hexadecimal digits.',
})

export const imageTag = string('ImageTag', {
  min: 1,
  max: 300,
  documentation: 'A tag of the image.',
})

export const imageManifest = string('ImageManifest', {
  min: 1,
  max: 4_194_304,
  documentation: 'The image manifest, exactly as it is stored: its digest is taken over these bytes.',
})

export const mediaType = string('MediaType')

export const layerDigest = string('LayerDigest', {
  pattern: '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+',
  documentation: 'The digest of the image layer.',
})

/** A digest of which only the length is checked: a bad one becomes an entry of `failures`. */
export const batchedLayerDigest = string('BatchedOperationLayerDigest', { min: 0, max: 1000 })

export const uploadId = string('UploadId', {
  pattern: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  documentation: 'The layer upload, as named by initiate-layer-upload.',
})

/** A size or a byte offset: the service model names both by this shape. */
export const partSize = long('PartSize', { min: 0 })

export const layerPartBlob = blob('LayerPartBlob', {
  min: 0,
  max: 20_971_520,
  documentation: 'The bytes of the layer part, base64-encoded in JSON.',
})

export const nextToken = string('NextToken', {
  documentation: 'The token of the next page, as returned by the call before. Absent when there is no further page.',
})

export const maxResults = integer('MaxResults', {
  min: 1,
  max: 1000,
  documentation: 'The largest number of results in one answer, from 1 to 1000. The default is 100.',
})

export const forceFlag = boolean('ForceFlag')

export const policyText = string('RepositoryPolicyText', {
  min: 0,
  max: 10_240,
  documentation: 'The repository policy, as JSON text.',
})

export const creationTimestamp = timestamp('CreationTimestamp')
export const pushTimestamp = timestamp('PushTimestamp', {
  documentation: 'When the image was pushed to the repository.',
})
export const imageSizeInBytes = long('ImageSizeInBytes', {
  documentation: 'The size of the image in bytes, as stored: compressed layers count compressed.',
})

export const repositoryDescription = string('RepositoryDescription', {
  max: 1024,
  documentation: 'A short description of the repository, shown in the gallery and in search results.',
})

export const architectures = list('ArchitectureList', string('Architecture', { min: 1, max: 50 }), {
  max: 50,
  documentation:
    'The processor architectures the images run on. The gallery filters by `ARM`, `ARM 64`, `x86` and `x86-64`.',
})

export const operatingSystems = list('OperatingSystemList', string('OperatingSystem', { min: 1, max: 50 }), {
  max: 50,
  documentation: 'The operating systems the images run on. The gallery filters by `Linux` and `Windows`.',
})

export const aboutText = string('AboutText', {
  max: 25_600,
  documentation: 'A long description of what the repository holds, as GitHub-flavoured Markdown.',
})

export const usageText = string('UsageText', {
  max: 25_600,
  documentation: 'How to use the images, as GitHub-flavoured Markdown.',
})

export const displayName = string('RegistryDisplayName', {
  min: 0,
  max: 100,
  documentation: "The registry's name for people. The gallery shows it for verified accounts.",
})

export const tagKey = string('TagKey', {
  min: 1,
  max: 128,
  documentation: 'The key of the resource tag: unique on its resource, and case-sensitive.',
})

export const tagValue = string('TagValue', {
  min: 0,
  max: 256,
  documentation: 'The value of the resource tag, which may be empty.',
})
