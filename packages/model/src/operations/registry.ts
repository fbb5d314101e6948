import { operation, paginated } from '../operation.ts'
import { maxResults, nextToken } from '../scalars.ts'
import { described, list } from '../shapes.ts'
import { authorizationData, registry } from '../structures.ts'

export const registryOperations = {
  DescribeRegistries: operation('DescribeRegistries', {
    documentation: "Describes the caller's public registry and its aliases.",
    input: { nextToken, maxResults },
    output: {
      registries: list('RegistryList', registry, { documentation: 'The registries: one for each account.' }),
      nextToken,
    },
    present: ['registries'],
    errors: ['InvalidParameterException', 'UnsupportedCommandException', 'ServerException'],
    pagination: paginated('registries'),
  }),
  GetAuthorizationToken: operation('GetAuthorizationToken', {
    documentation: 'Returns a token that signs image clients in to the registry for 12 hours.',
    input: {},
    output: { authorizationData: described(authorizationData, 'The token and its expiry.') },
    errors: ['ServerException', 'InvalidParameterException', 'UnsupportedCommandException'],
  }),
}
