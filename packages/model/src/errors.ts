import { registryId, repositoryName, uploadId } from './scalars.ts'
import { long, type MemberShapes, string, structure } from './shapes.ts'

const message = string('ExceptionMessage', { documentation: 'What went wrong, in words.' })

const exception = <Members extends MemberShapes>(shapeName: string, documentation: string, members: Members) => ({
  shape: structure(shapeName, members, [], { documentation }),
})

export const clientError = (shapeName: string, documentation: string) =>
  ({ status: 400, fault: 'client', ...exception(shapeName, documentation, { message }) }) as const

/**
 * The exceptions of the service model by their wire name, with HTTP status and members. An exception called "not found"
 * has the status 400, too. Errors of the protocol (signatures, throttling, serialization) are not part of the model.
 */
export const errors = {
  EmptyUploadException: clientError('EmptyUploadException', 'The layer upload was completed before it had any part.'),
  ImageAlreadyExistsException: clientError(
    'ImageAlreadyExistsException',
    'The repository already holds this manifest under this tag.',
  ),
  ImageDigestDoesNotMatchException: clientError(
    'ImageDigestDoesNotMatchException',
    'The digest in the request is not that of the manifest in the request.',
  ),
  ImageNotFoundException: clientError('ImageNotFoundException', 'The repository does not hold the image.'),
  ImageTagAlreadyExistsException: clientError(
    'ImageTagAlreadyExistsException',
    'The tag names another image and may not be moved.',
  ),
  InvalidLayerException: clientError('InvalidLayerException', 'The layer has none of the digests in the request.'),
  InvalidLayerPartException: {
    status: 400,
    fault: 'client',
    ...exception('InvalidLayerPartException', 'The layer part has a wrong size, or does not follow the part before.', {
      registryId,
      repositoryName,
      uploadId,
      lastValidByteReceived: long('PartSize', {
        min: 0,
        documentation: 'The last byte of the upload that was accepted; the next part starts after it.',
      }),
      message,
    }),
  },
  InvalidParameterException: clientError('InvalidParameterException', 'A parameter breaks a constraint.'),
  InvalidTagParameterException: clientError(
    'InvalidTagParameterException',
    'The key or the value of a resource tag is not allowed.',
  ),
  LayerAlreadyExistsException: clientError('LayerAlreadyExistsException', 'The repository already holds the layer.'),
  LayerPartTooSmallException: clientError(
    'LayerPartTooSmallException',
    'A layer part other than the last is under the least size.',
  ),
  LayersNotFoundException: clientError(
    'LayersNotFoundException',
    'The manifest refers to layers that the repository does not hold.',
  ),
  LimitExceededException: clientError('LimitExceededException', 'The operation would exceed a quota.'),
  ReferencedImagesNotFoundException: clientError(
    'ReferencedImagesNotFoundException',
    'The manifest lists images that the repository does not hold.',
  ),
  RegistryNotFoundException: clientError('RegistryNotFoundException', 'There is no such registry.'),
  RepositoryAlreadyExistsException: clientError(
    'RepositoryAlreadyExistsException',
    'The registry already has a repository of this name.',
  ),
  RepositoryCatalogDataNotFoundException: clientError(
    'RepositoryCatalogDataNotFoundException',
    'The repository has no catalog data.',
  ),
  RepositoryNotEmptyException: clientError(
    'RepositoryNotEmptyException',
    'The repository holds images, and its deletion was not forced.',
  ),
  RepositoryNotFoundException: clientError('RepositoryNotFoundException', 'The registry has no such repository.'),
  RepositoryPolicyNotFoundException: clientError('RepositoryPolicyNotFoundException', 'The repository has no policy.'),
  ServerException: {
    status: 500,
    fault: 'server',
    ...exception('ServerException', 'The service failed, through no fault of the caller.', { message }),
  },
  TooManyTagsException: clientError('TooManyTagsException', 'The repository would have too many resource tags.'),
  UnsupportedCommandException: clientError(
    'UnsupportedCommandException',
    'The operation is not offered in this Region.',
  ),
  UploadNotFoundException: clientError('UploadNotFoundException', 'There is no such layer upload.'),
} as const

/** The exceptions of the service model by their wire name. */
export type ErrorName = keyof typeof errors
