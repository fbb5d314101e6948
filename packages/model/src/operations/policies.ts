import { operation } from '../operation.ts'
import { forceFlag, policyText, registryId, repositoryName } from '../scalars.ts'
import { described } from '../shapes.ts'

export const policyOperations = {
  DeleteRepositoryPolicy: operation('DeleteRepositoryPolicy', {
    documentation: 'Deletes the policy of a repository.',
    input: { registryId, repositoryName },
    required: ['repositoryName'],
    output: {
      registryId,
      repositoryName,
      policyText: described(policyText, 'The policy that was deleted, as JSON text.'),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'RepositoryPolicyNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  GetRepositoryPolicy: operation('GetRepositoryPolicy', {
    documentation: 'Returns the policy of a repository.',
    input: { registryId, repositoryName },
    required: ['repositoryName'],
    output: { registryId, repositoryName, policyText },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'RepositoryPolicyNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  SetRepositoryPolicy: operation('SetRepositoryPolicy', {
    documentation: 'Sets the policy of a repository: who else may push to it and manage it. Anyone may pull.',
    input: {
      registryId,
      repositoryName,
      policyText: described(policyText, 'The policy as JSON text; it replaces the one before.'),
      force: described(forceFlag, 'Set the policy even if it keeps the caller from setting another.'),
    },
    required: ['repositoryName', 'policyText'],
    output: { registryId, repositoryName, policyText },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
}
