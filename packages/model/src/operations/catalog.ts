import { operation } from '../operation.ts'
import { displayName, registryId, repositoryName } from '../scalars.ts'
import { described } from '../shapes.ts'
import { registryCatalogData, repositoryCatalogData, repositoryCatalogDataInput } from '../structures.ts'

export const catalogOperations = {
  GetRegistryCatalogData: operation('GetRegistryCatalogData', {
    documentation: "Returns what the gallery shows about the caller's registry.",
    input: {},
    output: { registryCatalogData: described(registryCatalogData, 'The catalog data of the registry.') },
    present: ['registryCatalogData'],
    errors: ['ServerException', 'UnsupportedCommandException'],
  }),
  GetRepositoryCatalogData: operation('GetRepositoryCatalogData', {
    documentation: 'Returns what the gallery shows about a repository.',
    input: { registryId, repositoryName },
    required: ['repositoryName'],
    output: { catalogData: described(repositoryCatalogData, 'The catalog data of the repository.') },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryCatalogDataNotFoundException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  PutRegistryCatalogData: operation('PutRegistryCatalogData', {
    documentation: "Sets what the gallery shows about the caller's registry.",
    input: { displayName },
    output: { registryCatalogData: described(registryCatalogData, 'The catalog data of the registry.') },
    present: ['registryCatalogData'],
    errors: ['ServerException', 'InvalidParameterException', 'UnsupportedCommandException'],
  }),
  PutRepositoryCatalogData: operation('PutRepositoryCatalogData', {
    documentation: 'Sets what the gallery shows about a repository, in place of what it showed before.',
    input: {
      registryId,
      repositoryName,
      catalogData: described(repositoryCatalogDataInput, 'What the gallery is to show about the repository.'),
    },
    required: ['repositoryName', 'catalogData'],
    output: { catalogData: described(repositoryCatalogData, 'The catalog data of the repository.') },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
}
