import { operation } from '../operation.ts'
import { arn, tagKey } from '../scalars.ts'
import { described, list } from '../shapes.ts'
import { tags } from '../structures.ts'

const resourceArn = described(arn, 'The Amazon Resource Name of the resource, which must be a repository.')

export const resourceTagOperations = {
  ListTagsForResource: operation('ListTagsForResource', {
    documentation: 'Lists the resource tags of a repository.',
    input: { resourceArn },
    required: ['resourceArn'],
    output: { tags: described(tags, 'The resource tags of the repository.') },
    errors: [
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
      'ServerException',
    ],
  }),
  TagResource: operation('TagResource', {
    documentation: 'Adds resource tags to a repository. A key it already has takes the new value; other keys are kept.',
    input: { resourceArn, tags: described(tags, 'The resource tags to add, each a key and a value.') },
    required: ['resourceArn', 'tags'],
    output: {},
    errors: [
      'InvalidParameterException',
      'InvalidTagParameterException',
      'TooManyTagsException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
      'ServerException',
    ],
  }),
  UntagResource: operation('UntagResource', {
    documentation: 'Removes resource tags from a repository.',
    input: {
      resourceArn,
      tagKeys: list('TagKeyList', tagKey, {
        min: 0,
        max: 200,
        documentation: 'The keys of the resource tags to remove.',
      }),
    },
    required: ['resourceArn', 'tagKeys'],
    output: {},
    errors: [
      'InvalidParameterException',
      'InvalidTagParameterException',
      'TooManyTagsException',
      'RepositoryNotFoundException',
      'UnsupportedCommandException',
      'ServerException',
    ],
  }),
}
