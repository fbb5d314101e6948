/** Structures and lists that several operations share, or that an output is made of. */
import {
  aboutText,
  architectures,
  arn,
  batchedLayerDigest,
  creationTimestamp,
  displayName,
  imageDigest,
  imageManifest,
  imageSizeInBytes,
  imageTag,
  layerDigest,
  mediaType,
  operatingSystems,
  pushTimestamp,
  registryId,
  registryIdOrAlias,
  repositoryDescription,
  repositoryName,
  tagKey,
  tagValue,
  url,
  usageText,
} from './scalars.ts'
import { blob, boolean, described, enumeration, list, long, string, structure, timestamp } from './shapes.ts'

const ownerId = described(registryId, 'The account that owns the registry, as 12 digits.')
const manifestMediaType = described(mediaType, 'The media type of the image manifest.')
const artifactMediaType = described(
  mediaType,
  'The type of the artifact: the media type of the configuration its manifest names.',
)

export const authorizationData = structure('AuthorizationData', {
  authorizationToken: string('Base64', {
    pattern: '^\\S+$',
    sensitive: true,
    documentation: 'The user name and the password, joined by a colon and base64-encoded.',
  }),
  expiresAt: timestamp('ExpirationTimestamp', {
    documentation: 'When the token expires, 12 hours after it was issued.',
  }),
})

/** An image's id. The model lets both members be absent: an id without either is a failure of one image. */
export const imageIdentifier = structure('ImageIdentifier', { imageDigest, imageTag })

export const imageIdentifiers = list('ImageIdentifierList', imageIdentifier, { min: 1, max: 100 })

export const image = structure('Image', {
  registryId: described(registryIdOrAlias, 'The account or alias of the registry.'),
  repositoryName,
  imageId: described(imageIdentifier, 'The digest of the image, and its tag if it was pushed with one.'),
  imageManifest,
  imageManifestMediaType: manifestMediaType,
})

export const imageDetail = structure('ImageDetail', {
  registryId: ownerId,
  repositoryName,
  imageDigest,
  imageTags: list('ImageTagList', imageTag, { documentation: 'The tags of the image; absent when it has none.' }),
  imageSizeInBytes,
  imagePushedAt: pushTimestamp,
  imageManifestMediaType: manifestMediaType,
  artifactMediaType,
})

const referencedImageDetail = structure('ReferencedImageDetail', {
  imageDigest,
  imageSizeInBytes,
  imagePushedAt: pushTimestamp,
  imageManifestMediaType: manifestMediaType,
  artifactMediaType,
})

export const imageTagDetail = structure('ImageTagDetail', {
  imageTag,
  createdAt: described(creationTimestamp, 'When the tag was last set to this image.'),
  imageDetail: described(referencedImageDetail, 'The image the tag names.'),
})

export const imageFailure = structure('ImageFailure', {
  imageId: described(imageIdentifier, 'The image as the request named it.'),
  failureCode: enumeration(
    'ImageFailureCode',
    [
      'InvalidImageDigest',
      'InvalidImageTag',
      'ImageTagDoesNotMatchDigest',
      'ImageNotFound',
      'MissingDigestAndTag',
      'ImageReferencedByManifestList',
      'KmsError',
    ],
    { documentation: 'The kind of failure.' },
  ),
  failureReason: string('ImageFailureReason', { documentation: 'The failure in words.' }),
})

export const layer = structure('Layer', {
  layerDigest,
  layerAvailability: enumeration('LayerAvailability', ['AVAILABLE', 'UNAVAILABLE'], {
    documentation: 'Whether the repository holds the layer.',
  }),
  layerSize: long('LayerSizeInBytes', { documentation: 'The size of the layer in bytes.' }),
  mediaType: described(mediaType, 'The media type of the layer.'),
})

export const layerFailure = structure('LayerFailure', {
  layerDigest: described(batchedLayerDigest, 'The digest as the request gave it.'),
  failureCode: enumeration('LayerFailureCode', ['InvalidLayerDigest', 'MissingLayerDigest'], {
    documentation: 'The kind of failure.',
  }),
  failureReason: string('LayerFailureReason', { documentation: 'The failure in words.' }),
})

const registryAlias = structure(
  'RegistryAlias',
  {
    name: string('RegistryAliasName', {
      min: 2,
      max: 50,
      pattern: '[a-z][a-z0-9]+(?:[._-][a-z0-9]+)*',
      documentation: 'The alias, the first part of every image path of the registry.',
    }),
    status: enumeration('RegistryAliasStatus', ['ACTIVE', 'PENDING', 'REJECTED'], {
      documentation: 'Whether the alias is in use, awaits review or was refused.',
    }),
    primaryRegistryAlias: boolean('PrimaryRegistryAliasFlag', {
      documentation: 'Whether repository URIs are written with this alias.',
    }),
    defaultRegistryAlias: boolean('DefaultRegistryAliasFlag', {
      documentation: 'Whether the alias was assigned when the registry came to be, rather than asked for.',
    }),
  },
  ['name', 'status', 'primaryRegistryAlias', 'defaultRegistryAlias'],
)

export const registry = structure(
  'Registry',
  {
    registryId: ownerId,
    registryArn: described(arn, 'The Amazon Resource Name of the registry.'),
    registryUri: described(url, 'The host and the primary alias of the registry.'),
    verified: boolean('RegistryVerified', { documentation: 'Whether the owner is a verified account.' }),
    aliases: list('RegistryAliasList', registryAlias, { documentation: 'The aliases of the registry.' }),
  },
  ['registryId', 'registryArn', 'registryUri', 'verified', 'aliases'],
)

export const registryCatalogData = structure('RegistryCatalogData', { displayName })

export const repository = structure('Repository', {
  repositoryArn: described(arn, 'The Amazon Resource Name of the repository.'),
  registryId: ownerId,
  repositoryName,
  repositoryUri: described(url, 'The name to push to and pull from: host, alias and repository name.'),
  createdAt: described(creationTimestamp, 'When the repository was created.'),
})

export const repositoryCatalogData = structure('RepositoryCatalogData', {
  description: repositoryDescription,
  architectures,
  operatingSystems,
  logoUrl: string('ResourceUrl', { max: 2048, documentation: 'Where the logo is served.' }),
  aboutText,
  usageText,
  marketplaceCertified: boolean('MarketplaceCertified', {
    documentation: 'Whether the repository is certified by a marketplace.',
  }),
})

export const repositoryCatalogDataInput = structure('RepositoryCatalogDataInput', {
  description: repositoryDescription,
  architectures,
  operatingSystems,
  logoImageBlob: blob('LogoImageBlob', {
    min: 0,
    max: 512_000,
    documentation: 'The logo as an image file, base64-encoded in JSON, at most 500 KiB and 60 to 2048 pixels a side.',
  }),
  aboutText,
  usageText,
})

const tag = structure('Tag', { Key: tagKey, Value: tagValue })

export const tags = list('TagList', tag, { min: 0, max: 200 })
