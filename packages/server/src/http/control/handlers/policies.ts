import { type Handlers, operations } from '@berth/model'
import { unknownKeys } from '../../../domain/iam/condition-keys.ts'
import {
  deletePolicy,
  type IsKept,
  policyOf,
  readRepositoryPolicy,
  setPolicy,
} from '../../../registry/repositories/repository-policy.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'

/** The most keys that a warning names: more would make a header that proxies refuse. */
const WARNED_KEYS = 10

type PolicyOperation = 'GetRepositoryPolicy' | 'SetRepositoryPolicy' | 'DeleteRepositoryPolicy'

export function policyHandlers({ context }: ControlDependencies): Pick<Handlers<ControlCall>, PolicyOperation> {
  const { metadata } = context
  return {
    async GetRepositoryPolicy(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'GetRepositoryPolicy', input)
      return { registryId: row.accountId, repositoryName: row.name, policyText: await policyOf(metadata.rows, row) }
    },

    async SetRepositoryPolicy(input, call) {
      const { policyText, force = false } = input
      const row = await authorizeRepository(metadata.rows, call.caller, 'SetRepositoryPolicy', input)
      const policy = readRepositoryPolicy(policyText)
      const { accountId, name } = row
      const resource = { kind: 'repository', accountId, name, row } as const
      const { iamAction } = operations.SetRepositoryPolicy
      const isKept: IsKept = after => force || call.caller.wouldAllow(iamAction, resource, after)
      await setPolicy(context, call.caller.actor, row, policyText, isKept)
      const neverSet = unknownKeys(policy).slice(0, WARNED_KEYS)
      if (neverSet.length > 0) call.warn(`No request has the condition keys ${neverSet.join(', ')}.`)
      return { registryId: accountId, repositoryName: name, policyText }
    },

    async DeleteRepositoryPolicy(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'DeleteRepositoryPolicy', input)
      const policyText = await deletePolicy(context, call.caller.actor, row)
      return { registryId: row.accountId, repositoryName: row.name, policyText }
    },
  }
}
