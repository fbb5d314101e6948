import { clientError, errors } from '../errors.ts'

/**
 * The exceptions of ECR's lifecycle operations by their wire name. An exception that ECR Public has under the same name
 * is taken from there.
 */
export const ecrErrors = {
  InvalidParameterException: errors.InvalidParameterException,
  LifecyclePolicyNotFoundException: clientError(
    'LifecyclePolicyNotFoundException',
    'The repository has no lifecycle policy.',
  ),
  LifecyclePolicyPreviewInProgressException: clientError(
    'LifecyclePolicyPreviewInProgressException',
    'The preview before this one has not come to its end.',
  ),
  LifecyclePolicyPreviewNotFoundException: clientError(
    'LifecyclePolicyPreviewNotFoundException',
    'No preview was started for the repository.',
  ),
  RepositoryNotFoundException: errors.RepositoryNotFoundException,
  ServerException: errors.ServerException,
  ValidationException: clientError('ValidationException', 'A parameter breaks a constraint.'),
} as const

/** The exceptions of ECR's lifecycle operations by their wire name. */
export type EcrErrorName = keyof typeof ecrErrors
