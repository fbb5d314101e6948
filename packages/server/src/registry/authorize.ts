import { userArn } from '../domain/iam/arn.ts'
import { type Decision, evaluate } from '../domain/iam/evaluate.ts'
import { parsePolicy } from '../domain/iam/parse-policy.ts'
import type { Policy } from '../domain/iam/policy.ts'
import { requestContext } from '../domain/iam/request-context.ts'
import { LruCache } from '../domain/lru-cache.ts'
import type { AccountId } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import type { Principal, RepositoryRow, ResourceTag } from '../ports/metadata-store.ts'

/** How a request came, as policy conditions may ask. */
export interface Circumstances {
  readonly nowMs: number
  readonly sourceIp: string
  readonly secureTransport: boolean
  readonly userAgent: string | undefined
}

export interface AccessRequest {
  /** With its prefix, as `ecr-public:PutImage`. */
  readonly action: string
  /** An ARN, or `*`. */
  readonly resource: string
  readonly ownerId: AccountId
  /** The repository asked for, where there is one. */
  readonly repository?: Pick<RepositoryRow, 'policyText' | 'resourceTags'> | undefined
  readonly requestTags?: readonly ResourceTag[] | undefined
  readonly tagKeys?: readonly string[] | undefined
}

/** What the caller's policies and the repository's say of one action (IAM, "Policy evaluation logic"). */
export function decide(principal: Principal, request: AccessRequest, circumstances: Circumstances): Decision {
  const { accountId, userName } = principal.accessKey
  const user = { kind: 'user', accountId, userName, userId: undefined } as const
  const { repository } = request
  return evaluate({
    principal: user,
    action: request.action,
    resource: request.resource,
    resourceAccountId: request.ownerId,
    context: requestContext({
      principal: user,
      ...circumstances,
      requestTags: tagMap(request.requestTags),
      tagKeys: request.tagKeys ?? [],
      resourceTags: tagMap(repository?.resourceTags),
    }),
    identityPolicies: principal.policies.map(text => readPolicy(text, 'identity')),
    resourcePolicy: repository?.policyText === undefined ? undefined : readPolicy(repository.policyText, 'repository'),
  })
}

/** @throws RegistryError `forbidden` */
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

function tagMap(tags: readonly ResourceTag[] | undefined): Map<string, string> {
  return new Map((tags ?? []).map(({ key, value }) => [key, value]))
}
