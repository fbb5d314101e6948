/** The operations of Amazon ECR that manage lifecycle policies; ECR Public has none of its own. */
import { type HandlersOf, operationsOf, paginated } from '../operation.ts'
import { nextToken, registryId } from '../scalars.ts'
import type { ServiceNames } from '../service.ts'
import { described, list } from '../shapes.ts'
import { imageIdentifiers } from '../structures.ts'
import {
  lastEvaluatedAt,
  lifecyclePolicyText,
  nextEvaluationAt,
  previewFilter,
  previewMaxResults,
  previewResult,
  previewStatus,
  previewSummary,
  repositoryName,
  rulesWithoutEffect,
} from './shapes.ts'

export { type EcrErrorName, ecrErrors } from './errors.ts'

export const ecr = {
  targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
  signingName: 'ecr',
} as const satisfies ServiceNames

const operation = operationsOf(ecr.signingName)

const common = [
  'ServerException',
  'InvalidParameterException',
  'ValidationException',
  'RepositoryNotFoundException',
] as const

/** Five of the operations of Amazon ECR, version 2015-09-21, by their wire name. */
export const ecrOperations = {
  DeleteLifecyclePolicy: operation('DeleteLifecyclePolicy', {
    documentation: 'Deletes the lifecycle policy of a repository: no more images expire.',
    input: { registryId, repositoryName },
    required: ['repositoryName'],
    output: {
      registryId,
      repositoryName,
      lifecyclePolicyText: described(lifecyclePolicyText, 'The lifecycle policy that was deleted, as JSON text.'),
      lastEvaluatedAt,
    },
    errors: [...common, 'LifecyclePolicyNotFoundException'],
  }),
  GetLifecyclePolicy: operation('GetLifecyclePolicy', {
    documentation: 'Returns the lifecycle policy of a repository, and when it was last run.',
    input: { registryId, repositoryName },
    required: ['repositoryName'],
    output: { registryId, repositoryName, lifecyclePolicyText, lastEvaluatedAt, nextEvaluationAt, rulesWithoutEffect },
    errors: [...common, 'LifecyclePolicyNotFoundException'],
  }),
  GetLifecyclePolicyPreview: operation('GetLifecyclePolicyPreview', {
    documentation: 'Returns what the preview that was started last has found: the images that would be deleted.',
    input: {
      registryId,
      repositoryName,
      imageIds: described(imageIdentifiers, 'Show these images only. Not to be combined with paging.'),
      nextToken,
      maxResults: previewMaxResults,
      filter: described(previewFilter, 'Show only the images that fit.'),
    },
    required: ['repositoryName'],
    output: {
      registryId,
      repositoryName,
      lifecyclePolicyText: described(lifecyclePolicyText, 'The lifecycle policy of the preview, as JSON text.'),
      status: previewStatus,
      nextToken,
      previewResults: list('LifecyclePolicyPreviewResultList', previewResult, {
        documentation: 'The images that would be deleted, each with the rule it falls under.',
      }),
      summary: described(previewSummary, 'The numbers of the whole preview.'),
      nextEvaluationAt,
      rulesWithoutEffect,
    },
    errors: [...common, 'LifecyclePolicyPreviewNotFoundException'],
    pagination: {
      ...paginated('previewResults'),
      sharedKeys: [
        'registryId',
        'repositoryName',
        'lifecyclePolicyText',
        'status',
        'summary',
        'nextEvaluationAt',
        'rulesWithoutEffect',
      ],
    },
  }),
  PutLifecyclePolicy: operation('PutLifecyclePolicy', {
    documentation: 'Sets the lifecycle policy of a repository: which of its images expire, and when.',
    input: {
      registryId,
      repositoryName,
      lifecyclePolicyText: described(
        lifecyclePolicyText,
        'The lifecycle policy as JSON text; it replaces the one before.',
      ),
    },
    required: ['repositoryName', 'lifecyclePolicyText'],
    output: { registryId, repositoryName, lifecyclePolicyText, nextEvaluationAt, rulesWithoutEffect },
    errors: [...common],
  }),
  StartLifecyclePolicyPreview: operation('StartLifecyclePolicyPreview', {
    documentation: 'Begins to work out which images a lifecycle policy would delete. Nothing is deleted.',
    input: {
      registryId,
      repositoryName,
      lifecyclePolicyText: described(
        lifecyclePolicyText,
        'The lifecycle policy to try, as JSON text. Without it, the one of the repository is tried.',
      ),
    },
    required: ['repositoryName'],
    output: {
      registryId,
      repositoryName,
      lifecyclePolicyText: described(lifecyclePolicyText, 'The lifecycle policy of the preview, as JSON text.'),
      status: previewStatus,
      nextEvaluationAt,
      rulesWithoutEffect,
    },
    errors: [...common, 'LifecyclePolicyNotFoundException', 'LifecyclePolicyPreviewInProgressException'],
  }),
}

export type EcrOperations = typeof ecrOperations
export type EcrHandlers<Context> = HandlersOf<EcrOperations, Context>
