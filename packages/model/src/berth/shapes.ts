/** The shapes of berth's own operations; what ECR Public has a name for keeps its name. */
import {
  imageDigest,
  imageSizeInBytes,
  imageTag,
  mediaType,
  pushTimestamp,
  registryId,
  repositoryName,
} from '../scalars.ts'
import { boolean, described, enumeration, integer, list, long, string, structure, timestamp } from '../shapes.ts'
import { imageIdentifier } from '../structures.ts'

const ownerId = described(registryId, 'The account that owns the registry, as 12 digits.')

export const binDays = integer('BinDays', {
  min: 0,
  max: 3650,
  documentation: 'For how many days deleted images can be restored, from 0 to 3650. With 0 they are gone at once.',
})

export const effectiveBinDays = described(
  binDays,
  'The days that hold: those set here, else those of the registry, else those of the server.',
)

export const hidePulls = boolean('HidePullsFlag', {
  documentation:
    'Whether the pages of the server show nobody when and how often images of the registry were pulled, and leave it out of what is pulled most.',
})

const tagList = (documentation: string) => list('ImageTagList', imageTag, { documentation })

const tagPatterns = (documentation: string) =>
  list('TagPatternList', string('TagPattern', { pattern: '!?[a-zA-Z0-9_.*?-]{1,128}' }), { max: 50, documentation })

export const deletedImage = structure(
  'DeletedImage',
  {
    deletionId: string('DeletionId', {
      documentation:
        'Names this deletion: an image that is pushed anew may be deleted anew. It begins with `tag-` where the image is there, and lost a tag only.',
    }),
    registryId: ownerId,
    repositoryName,
    imageDigest,
    imageTags: tagList('The tags that the image had, or the one that it lost.'),
    imageManifestMediaType: described(mediaType, 'The media type of the image manifest.'),
    artifactMediaType: described(
      mediaType,
      'The type of the artifact: the media type of the configuration its manifest names.',
    ),
    imageSizeInBytes,
    imagePushedAt: pushTimestamp,
    deletedAt: timestamp('DeletionTimestamp', { documentation: 'When the image was deleted, or lost the tag.' }),
    deletedBy: string('PrincipalArn', { documentation: 'Who deleted the image, or took the tag from it.' }),
    reason: string('DeletionReason', {
      documentation: 'What deleted the image, such as a call or a lifecycle rule; or where the tag went.',
    }),
    purgeAfter: timestamp('PurgeTimestamp', { documentation: 'Until when it can be restored.' }),
  },
  ['deletionId', 'registryId', 'repositoryName', 'imageDigest', 'imageTags', 'deletedAt', 'purgeAfter'],
)

export const restoredImage = structure(
  'RestoredImage',
  {
    imageDigest,
    imageTags: tagList('The tags that name the image again.'),
    takenTags: list(
      'TakenTagList',
      structure(
        'TakenTag',
        { imageTag, imageDigest: described(imageDigest, 'The digest of the image that the tag names now.') },
        ['imageTag', 'imageDigest'],
      ),
      {
        documentation:
          'Tags that the image had, and that name other images since: they stay there, unless the request names them together with the digest.',
      },
    ),
  },
  ['imageDigest', 'imageTags', 'takenTags'],
)

export const purgedImage = structure('PurgedImage', { imageDigest, imageTags: tagList('The tags that it had.') }, [
  'imageDigest',
  'imageTags',
])

export const uncollected = structure(
  'UncollectedBlobs',
  {
    blobCount: integer('BlobCount', { min: 0, documentation: 'How many blobs; 10,000 stands for more, too.' }),
    byteCount: long('UncollectedByteCount', { min: 0, documentation: 'Their bytes.' }),
    waitsUntil: timestamp('WaitsUntil', {
      documentation: 'When the leases of their last pushes are over. The server takes them within minutes of that.',
    }),
  },
  ['blobCount', 'byteCount', 'waitsUntil'],
)

export const binFailure = structure('BinFailure', {
  imageId: described(imageIdentifier, 'The image as the request named it.'),
  failureCode: enumeration(
    'BinFailureCode',
    [
      'InvalidImageDigest',
      'InvalidImageTag',
      'ImageTagDoesNotMatchDigest',
      'ImageNotFound',
      'MissingDigestAndTag',
      'ImageReferencedByManifestList',
    ],
    { documentation: 'The kind of failure.' },
  ),
  failureReason: string('ImageFailureReason', { documentation: 'The failure in words.' }),
})

export const repositorySettings = structure('RepositorySettings', {
  binDays: described(
    binDays,
    'For how many days deleted images can be restored, from 0 to 3650. Without it, the setting of the registry holds.',
  ),
  protectedTags: tagPatterns(
    'Images with such tags cannot be deleted. `*` is any text and `?` one character; a pattern after `!` makes an exception, and the last pattern that matches decides.',
  ),
  immutableTags: tagPatterns(
    'Such tags cannot be moved to another image. `*` is any text and `?` one character; a pattern after `!` makes an exception, and the last pattern that matches decides.',
  ),
})

export const auditAction = string('AuditAction', {
  min: 1,
  max: 128,
  documentation: 'What was done, such as `DeleteImage`.',
})

export const auditRecord = structure(
  'AuditRecord',
  {
    recordId: string('AuditRecordId', { documentation: 'Names the record. Later records have greater ids.' }),
    recordedAt: timestamp('RecordTimestamp', { documentation: 'When it was done.' }),
    action: auditAction,
    principal: string('PrincipalArn', { documentation: 'Who did it.' }),
    sourceAddress: string('SourceAddress', { documentation: 'The network address that the request came from.' }),
    via: enumeration('AuditOrigin', ['call', 'gallery', 'rule', 'bin', 'admin'], {
      documentation:
        'How it came about: by a call, by a form of the gallery, by a lifecycle rule, by the end of the time in the bin, or by `berthd admin`.',
    }),
    registryId: ownerId,
    repositoryName,
    imageDigest,
    imageTag,
    detail: string('AuditDetail', {
      documentation:
        'More about it: the document that was set, the rule that took an image, the key or user that was meant.',
    }),
  },
  ['recordId', 'recordedAt', 'action', 'principal', 'via'],
)

export const imagePull = structure(
  'ImagePull',
  {
    imageDigest,
    lastPulledAt: timestamp('PullTimestamp', {
      documentation: 'When the image was last pulled; absent when it never was.',
    }),
  },
  ['imageDigest'],
)
