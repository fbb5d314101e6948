import { operation, paginated } from '../operation.ts'
import { forceFlag, maxResults, nextToken, registryId, repositoryName } from '../scalars.ts'
import { described, list } from '../shapes.ts'
import { repository, repositoryCatalogData, repositoryCatalogDataInput, tags } from '../structures.ts'

export const repositoryOperations = {
  CreateRepository: operation('CreateRepository', {
    documentation:
      "Creates a repository in the caller's public registry, with catalog data and resource tags if given.",
    input: {
      repositoryName,
      catalogData: described(repositoryCatalogDataInput, 'What the gallery shows about the repository.'),
      tags: described(tags, 'The resource tags of the repository, each a key and a value.'),
    },
    required: ['repositoryName'],
    output: {
      repository: described(repository, 'The repository that was created.'),
      catalogData: described(repositoryCatalogData, 'Its catalog data; empty when none was given.'),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'InvalidTagParameterException',
      'TooManyTagsException',
      'RepositoryAlreadyExistsException',
      'LimitExceededException',
      'UnsupportedCommandException',
    ],
  }),
  DeleteRepository: operation('DeleteRepository', {
    documentation: 'Deletes a repository. One that holds images is only deleted by force, and its images with it.',
    input: {
      registryId,
      repositoryName,
      force: described(forceFlag, 'Delete the repository even if it holds images.'),
    },
    required: ['repositoryName'],
    output: { repository: described(repository, 'The repository that was deleted.') },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'RepositoryNotEmptyException',
      'UnsupportedCommandException',
    ],
  }),
  DescribeRepositories: operation('DescribeRepositories', {
    documentation: 'Describes the repositories of a public registry: all of them, or those that are named.',
    input: {
      registryId,
      repositoryNames: list('RepositoryNameList', repositoryName, {
        min: 1,
        max: 100,
        documentation: 'Describe these repositories only. Not to be combined with paging.',
      }),
      nextToken,
      maxResults,
    },
    output: {
      repositories: list('RepositoryList', repository, { documentation: 'The repositories.' }),
      nextToken,
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
    pagination: paginated('repositories'),
  }),
}
