import { userArn } from '../../domain/iam/arn.ts'
import { bindPrincipals } from '../../domain/iam/bind-principals.ts'
import { type Decision, evaluate } from '../../domain/iam/evaluate.ts'
import { parsePolicy } from '../../domain/iam/parse-policy.ts'
import type { BoundPrincipals, Policy } from '../../domain/iam/policy.ts'
import { type BearerTokenFacts, requestContext } from '../../domain/iam/request-context.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import type { AccountId } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import type { RepositoryRow, ResourceTag } from '../../ports/rows/repositories/repositories.ts'

/** The circumstances of a request that conditions of policies may ask for. */
export interface Circumstances {
  readonly nowMs: number
  readonly sourceIp: string
  readonly secureTransport: boolean
  readonly userAgent: string | undefined
  /** The region that was asked for. */
  readonly region: string
}

export interface AccessRequest {
  /** The action with its service, such as `ecr-public:PutImage`. */
  readonly action: string
  /** The resource's ARN, or `*`. */
  readonly resource: string
  readonly ownerId: AccountId
  /** The repository that is asked for; absent where the action is about none. */
  readonly repository?: Pick<RepositoryRow, 'policyText' | 'policyPrincipals' | 'resourceTags'> | undefined
  readonly requestTags?: readonly ResourceTag[] | undefined
  readonly tagKeys?: readonly string[] | undefined
  readonly bearerToken?: BearerTokenFacts | undefined
}

/** What the caller's policies and the repository's policy say of one action (IAM, "Policy evaluation logic"). */
export function decide(principal: Principal, request: AccessRequest, circumstances: Circumstances): Decision {
  const { accountId, userName } = principal.accessKey
  const user = { kind: 'user', accountId, userName, userId: principal.userId } as const
  const { repository, action, requestTags } = request
  const isEcr = action.startsWith(ECR)
  return evaluate({
    principal: user,
    action,
    resource: request.resource,
    otherNames: isEcr ? ecrPublicNames(request, circumstances) : undefined,
    resourceAccountId: request.ownerId,
    context: requestContext({
      principal: user,
      ...circumstances,
      resourceAccount: request.ownerId,
      services: ['ecr-public', ...(isEcr ? ['ecr'] : [])],
      requestTags,
      tagKeys: request.tagKeys,
      // A repository that is not there yet is made with the tags of the request.
      resourceTags: repository === undefined ? requestTags : repository.resourceTags,
      bearerToken: request.bearerToken,
    }),
    identityPolicies: principal.policies.map(text => readPolicy(text, 'identity')),
    resourcePolicy: repository && readBoundPolicy(repository),
  })
}

const ECR = 'ecr:'

/**
 * Lifecycle calls are those of Amazon ECR, on repositories of ECR Public. Policies may be written for the one or for
 * the other: an action and a repository have the names of both, to allow as well as to deny.
 */
const ecrPublicNames = ({ action, resource }: AccessRequest, { region }: Circumstances) => ({
  actions: [`ecr-public:${action.slice(ECR.length)}`],
  resources: [resource.replace(/^arn:aws:ecr-public::/, `arn:aws:ecr:${region}:`)],
})

/** Refuses the request unless the policies allow it. @throws RegistryError `forbidden` */
export function authorize(principal: Principal, request: AccessRequest, circumstances: Circumstances): void {
  const decision = decide(principal, request, circumstances)
  if (decision.allowed) return
  const { accountId, userName } = principal.accessKey
  throw new RegistryError({
    kind: 'forbidden',
    principal: userArn(accountId, userName),
    action: request.action,
    resource: request.resource,
    reason: decision.reason,
  })
}

const parsed = new LruCache<string, Policy>(1_000)

const NOBODY: BoundPrincipals = { accounts: [], users: {} }
const bound = new LruCache<string, Policy>(1_000)

function readBoundPolicy({
  policyText,
  policyPrincipals = NOBODY,
}: Pick<RepositoryRow, 'policyText' | 'policyPrincipals'>): Policy | undefined {
  if (policyText === undefined) return undefined
  const key = `${JSON.stringify(policyPrincipals)} ${policyText}`
  const known = bound.get(key)
  if (known !== undefined) return known
  const policy = bindPrincipals(readPolicy(policyText, 'repository'), policyPrincipals)
  bound.set(key, policy)
  return policy
}

/** Stored policies were sound when they were set; one that no longer reads must not grant or hide anything. */
function readPolicy(text: string, kind: 'identity' | 'repository'): Policy {
  const key = `${kind} ${text}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  const result = parsePolicy(text, kind)
  if (!result.ok) throw new Error(`a stored ${kind} policy cannot be read`, { cause: result.faults })
  parsed.set(key, result.policy)
  return result.policy
}
