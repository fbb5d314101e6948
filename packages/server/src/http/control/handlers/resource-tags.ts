import type { Handlers } from '@berth/model'
import { parseRepositoryArn } from '../../../domain/iam/arn.ts'
import { RegistryError } from '../../../domain/problem.ts'
import { tagRepository, untagRepository } from '../../../registry/repositories/resource-tags.ts'
import { authorizeRepository, type RepositoryRequest } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { readResourceTags } from '../resource-tag-input.ts'

type ResourceTagOperation = 'TagResource' | 'UntagResource' | 'ListTagsForResource'

export function resourceTagHandlers({
  context,
}: ControlDependencies): Pick<Handlers<ControlCall>, ResourceTagOperation> {
  const { rows } = context.metadata
  return {
    async TagResource({ resourceArn, tags }, { caller }) {
      const requestTags = readResourceTags(tags)
      const row = await authorizeRepository(rows, caller, 'TagResource', readArn(resourceArn), { requestTags })
      await tagRepository(context, caller.actor, row, requestTags)
      return {}
    },

    async UntagResource({ resourceArn, tagKeys }, { caller }) {
      const row = await authorizeRepository(rows, caller, 'UntagResource', readArn(resourceArn), { tagKeys })
      await untagRepository(context, caller.actor, row, tagKeys)
      return {}
    },

    async ListTagsForResource({ resourceArn }, { caller }) {
      const row = await authorizeRepository(rows, caller, 'ListTagsForResource', readArn(resourceArn))
      return { tags: row.resourceTags.map(({ key, value }) => ({ Key: key, Value: value })) }
    },
  }
}

/** Only repositories have resource tags. @throws RegistryError `parameterInvalid` */
function readArn(resourceArn: string): RepositoryRequest {
  const arn = parseRepositoryArn(resourceArn)
  if (arn === undefined)
    throw new RegistryError({
      kind: 'parameterInvalid',
      member: 'resourceArn',
      constraint: 'Member must be the Amazon Resource Name of a public repository',
    })
  return { registryId: arn.account, repositoryName: arn.name }
}
