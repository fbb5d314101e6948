/** The operations that berth has of its own: the bin, settings, the audit trail, pulls, the way into the gallery. */
import { type HandlersOf, operationsOf, paginated } from '../operation.ts'
import { maxResults, nextToken, registryId, registryIdOrAlias, repositoryName } from '../scalars.ts'
import { type ServiceNames, service } from '../service.ts'
import { boolean, described, integer, list, long, string, timestamp } from '../shapes.ts'
import { imageIdentifiers } from '../structures.ts'
import {
  auditAction,
  auditRecord,
  binDays,
  binFailure,
  deletedImage,
  effectiveBinDays,
  hidePulls,
  imagePull,
  purgedImage,
  repositorySettings,
  restoredImage,
  uncollected,
} from './shapes.ts'

/**
 * berth's own service. Requests to it are signed as those to ECR Public, so that one set of credentials and one
 * signature serve both.
 */
export const berth = {
  targetPrefix: 'Berth_V1',
  signingName: service.signingName,
} as const satisfies ServiceNames

const operation = operationsOf('berth')

const ofRegistry = ['ServerException', 'InvalidParameterException', 'RegistryNotFoundException'] as const
const ofRepository = [...ofRegistry, 'RepositoryNotFoundException'] as const

const failures = list('BinFailureList', binFailure, {
  documentation: 'The images that nothing was done with, and why.',
})

const binTotals = {
  deletedImageCount: integer('ImageCount', { min: 0, documentation: 'How many deleted images wait in the bin.' }),
  deletedImageBytes: long('ByteCount', {
    min: 0,
    documentation:
      'The sizes of these images added up. What they share with each other or with images that are there is counted for each, so that emptying the bin frees as much at most.',
  }),
}
const settingsOutput = {
  registryId,
  repositoryName,
  settings: described(repositorySettings, 'What is set for the repository.'),
  effectiveBinDays,
  ...binTotals,
}
const settingsPresent = [
  'registryId',
  'repositoryName',
  'settings',
  'effectiveBinDays',
  'deletedImageCount',
  'deletedImageBytes',
] as const

const registrySettingsOutput = { registryId, binDays, effectiveBinDays, hidePulls, ...binTotals }
const registrySettingsPresent = [
  'registryId',
  'effectiveBinDays',
  'hidePulls',
  'deletedImageCount',
  'deletedImageBytes',
] as const

/** berth's own operations by their wire name. */
export const berthOperations = {
  CreateSignInLink: operation('CreateSignInLink', {
    documentation:
      "Makes a link that signs the caller in to the pages of the server, once and within a minute. The session may do there what the caller's policies allow.",
    input: {},
    output: {
      url: string('SignInUrl', { documentation: 'The link. Whoever has it can sign in as the caller.' }),
      expiresAt: timestamp('ExpirationTimestamp', { documentation: 'Until when it can be used.' }),
    },
    present: ['url', 'expiresAt'],
    errors: ['ServerException', 'UnsupportedCommandException'],
  }),
  DescribeImagePulls: operation('DescribeImagePulls', {
    documentation:
      'Tells when the images of a repository were last pulled: of all of them, or of those that are named.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      imageIds: described(imageIdentifiers, 'Tell of these images only. Not to be combined with paging.'),
      nextToken,
      maxResults,
    },
    required: ['repositoryName'],
    output: {
      imagePulls: list('ImagePullList', imagePull, { documentation: 'The images, in the order of their digests.' }),
      nextToken,
    },
    present: ['imagePulls'],
    errors: [...ofRepository, 'ImageNotFoundException'],
    pagination: paginated('imagePulls'),
  }),
  GetRegistrySettings: operation('GetRegistrySettings', {
    documentation:
      "Returns the settings of the caller's own registry, and how much its repositories have in their bins.",
    input: {},
    output: registrySettingsOutput,
    present: registrySettingsPresent,
    errors: ofRegistry,
  }),
  GetRepositorySettings: operation('GetRepositorySettings', {
    documentation: 'Returns the settings of a repository, and how much it has in its bin.',
    input: { registryId: registryIdOrAlias, repositoryName },
    required: ['repositoryName'],
    output: settingsOutput,
    present: settingsPresent,
    errors: ofRepository,
  }),
  ListAuditRecords: operation('ListAuditRecords', {
    documentation:
      "Lists what was done in the caller's own registry that cannot be seen from what is there now: deletions, restores, changes of policies and keys. The oldest come first, unless the newest are asked for.",
    input: {
      registryId: described(registryId, "The caller's own account, which is also meant without it."),
      repositoryName: described(repositoryName, 'Only what was done in this repository.'),
      since: timestamp('Since', { documentation: 'Only what was done at this time or later.' }),
      until: timestamp('Until', { documentation: 'Only what was done before this time.' }),
      action: described(auditAction, 'Only this action, such as `DeleteImage`.'),
      newestFirst: boolean('NewestFirstFlag', { documentation: 'List the newest records first.' }),
      nextToken,
      maxResults,
    },
    output: { auditRecords: list('AuditRecordList', auditRecord, { documentation: 'The records.' }), nextToken },
    present: ['auditRecords'],
    errors: ofRegistry,
    pagination: paginated('auditRecords'),
  }),
  ListDeletedImages: operation('ListDeletedImages', {
    documentation:
      'Lists the deleted images that can be restored, of a repository or of the whole registry, and the tags that were moved to other images or deleted while their image stayed. The newest deletions come first.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName: described(repositoryName, 'Only the images of this repository.'),
      nextToken,
      maxResults,
    },
    output: {
      deletedImages: list('DeletedImageList', deletedImage, { documentation: 'The deleted images.' }),
      nextToken,
    },
    present: ['deletedImages'],
    errors: ofRepository,
    pagination: paginated('deletedImages'),
  }),
  PurgeDeletedImages: operation('PurgeDeletedImages', {
    documentation: 'Deletes images for good that can still be restored: those that are named, or all of a repository.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      imageIds: described(imageIdentifiers, 'The deleted images to purge, each with all its deletions.'),
      all: boolean('PurgeAllFlag', {
        documentation:
          'Purge all deleted images of the repository, in place of those that are named. Tags that were moved or deleted cannot be put back either, then.',
      }),
    },
    required: ['repositoryName'],
    output: {
      purgedImages: list('PurgedImageList', purgedImage, { documentation: 'The images that are gone.' }),
      failures,
      uncollected: described(
        uncollected,
        'Blobs of the repository that no image needs any more and whose space comes back later. Left out where there are none.',
      ),
    },
    present: ['purgedImages', 'failures'],
    errors: ofRepository,
  }),
  PutRegistrySettings: operation('PutRegistrySettings', {
    documentation:
      "Sets what holds in all repositories of the caller's own registry that have no setting of their own. Without `binDays` those of the server hold again; without `hidePulls` that stays as it is.",
    input: { binDays, hidePulls },
    output: registrySettingsOutput,
    present: registrySettingsPresent,
    errors: ofRegistry,
  }),
  PutRepositorySettings: operation('PutRepositorySettings', {
    documentation:
      'Sets for how long the deleted images of a repository can be restored, and which tags are protected or immutable. What is left out is taken away.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      settings: described(repositorySettings, 'The settings, which replace all those before.'),
    },
    required: ['repositoryName', 'settings'],
    output: settingsOutput,
    present: settingsPresent,
    errors: ofRepository,
  }),
  RestoreImages: operation('RestoreImages', {
    documentation:
      'Brings deleted images back, with their tags, and tags that were moved or deleted while their image stayed: a tag means the image that lost it last, a digest its newest deletion or, where it was not deleted, all tags that it has lost. A tag that another image has stays there, unless it is named together with the digest and not immutable. The images that a restored index lists come back with it. Images that could not be restored are listed as failures of a call that succeeds.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      imageIds: described(
        imageIdentifiers,
        'What to restore, by digest, by tag, or by both to take the tag from the image that has it now.',
      ),
    },
    required: ['repositoryName', 'imageIds'],
    output: {
      restoredImages: list('RestoredImageList', restoredImage, { documentation: 'The images that are back.' }),
      failures,
    },
    present: ['restoredImages', 'failures'],
    errors: ofRepository,
  }),
}

export type BerthOperations = typeof berthOperations
export type BerthHandlers<Context> = HandlersOf<BerthOperations, Context>
