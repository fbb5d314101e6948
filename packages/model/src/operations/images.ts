import { operation, paginated } from '../operation.ts'
import {
  imageDigest,
  imageManifest,
  imageTag,
  maxResults,
  mediaType,
  nextToken,
  registryId,
  registryIdOrAlias,
  repositoryName,
} from '../scalars.ts'
import { described, list } from '../shapes.ts'
import { image, imageDetail, imageFailure, imageIdentifiers, imageTagDetail } from '../structures.ts'

export const imageOperations = {
  BatchDeleteImage: operation('BatchDeleteImage', {
    documentation:
      'Deletes up to 100 images or tags. A tag takes its image with it when it is the last one; a digest takes the image and all its tags. Images that could not be deleted are listed as failures of a call that succeeds.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      imageIds: described(imageIdentifiers, 'The images to delete, each by digest or by tag.'),
    },
    required: ['repositoryName', 'imageIds'],
    output: {
      imageIds: described(imageIdentifiers, 'The digests and tags that were deleted, in no set order.'),
      failures: list('ImageFailureList', imageFailure, { documentation: 'The images that were not deleted, and why.' }),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  DescribeImages: operation('DescribeImages', {
    documentation: 'Describes the images of a repository: all of them, or those that are named.',
    input: {
      registryId,
      repositoryName,
      imageIds: described(imageIdentifiers, 'Describe these images only. Not to be combined with paging.'),
      nextToken,
      maxResults,
    },
    required: ['repositoryName'],
    output: {
      imageDetails: list('ImageDetailList', imageDetail, { documentation: 'The images.' }),
      nextToken,
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'ImageNotFoundException',
      'UnsupportedCommandException',
    ],
    pagination: paginated('imageDetails'),
  }),
  DescribeImageTags: operation('DescribeImageTags', {
    documentation: 'Describes the tags of a repository, each with the image it names.',
    input: { registryId, repositoryName, nextToken, maxResults },
    required: ['repositoryName'],
    output: {
      imageTagDetails: list('ImageTagDetailList', imageTagDetail, { documentation: 'The tags.' }),
      nextToken,
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
    pagination: paginated('imageTagDetails'),
  }),
  PutImage: operation('PutImage', {
    documentation:
      'Stores an image manifest, and a tag for it if one is given. Its layers, or the images it lists, must be in the repository already.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      imageManifest,
      imageManifestMediaType: described(
        mediaType,
        'The media type of the manifest. Needed where the manifest does not name its own.',
      ),
      imageTag: described(imageTag, 'The tag to give the image; a tag that names another image moves to this one.'),
      imageDigest: described(imageDigest, 'The digest the manifest should have; the call fails when it has another.'),
    },
    required: ['repositoryName', 'imageManifest'],
    output: { image: described(image, 'The image that was stored.') },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'ImageAlreadyExistsException',
      'LayersNotFoundException',
      'ReferencedImagesNotFoundException',
      'LimitExceededException',
      'ImageTagAlreadyExistsException',
      'ImageDigestDoesNotMatchException',
      'RegistryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
}
