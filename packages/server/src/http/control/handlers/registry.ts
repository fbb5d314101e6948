import { type Handlers, operations } from '@berth/model'
import { describeRegistry } from '../../../registry/repositories/registries.ts'
import { authorizeRegistry } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { readPage } from '../page-token.ts'
import { wireRegistry } from '../wire-rows.ts'

type RegistryOperation = 'DescribeRegistries' | 'GetAuthorizationToken'

/** Signing in asks for this action as well as for its own ("Registry authentication"). */
const BEARER_TOKEN_ACTION = 'sts:GetServiceBearerToken'
/** ECR Public, as policies name the service that takes the token. */
const SERVICE_PRINCIPAL = 'ecr-public.amazonaws.com'

export function registryHandlers({ context }: ControlDependencies): Pick<Handlers<ControlCall>, RegistryOperation> {
  return {
    async DescribeRegistries(input, call) {
      const { caller } = call
      authorizeRegistry(caller, 'DescribeRegistries')
      // An account has one registry: there is never a second page, and so no token that could be good.
      readPage({ operation: 'DescribeRegistries', subject: caller.accountId, isKey: isNoKey }, input)
      const described = await describeRegistry(context.metadata, caller.accountId)
      return { registries: described === undefined ? [] : [wireRegistry(described, call)] }
    },

    async GetAuthorizationToken(_input, { caller }) {
      const anything = { kind: 'any' } as const
      caller.require(operations.GetAuthorizationToken.iamAction, anything)
      const bearerToken = { serviceName: SERVICE_PRINCIPAL, durationSeconds: caller.passwordSeconds }
      caller.require(BEARER_TOKEN_ACTION, anything, { bearerToken })
      const { password, expiresAt } = await caller.issuePassword()
      const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64')
      return { authorizationData: { authorizationToken, expiresAt: new Date(expiresAt) } }
    },
  }
}

const isNoKey = (_text: string): _text is never => false
