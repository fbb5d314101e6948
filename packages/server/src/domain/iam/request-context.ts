import { isIP } from 'node:net'
import { rootArn, userArn } from './arn.ts'
import type { Principal } from './principal.ts'

/** Condition keys, as `conditionKey` spells them, and their values; a key that has none is absent. */
export type RequestContext = ReadonlyMap<string, readonly string[]>

export interface RequestFacts {
  readonly principal: Principal
  readonly nowMs: number
  readonly sourceIp: string
  readonly secureTransport: boolean
  readonly userAgent?: string | undefined
  /** Tags that the request would put on the resource. */
  readonly requestTags?: ReadonlyMap<string, string>
  /** Tag keys that the request names without a value, as UntagResource does. */
  readonly tagKeys?: readonly string[]
  /** Tags that are on the resource already. */
  readonly resourceTags?: ReadonlyMap<string, string>
}

/** The name of a condition key is case-insensitive; a tag's key, after the slash, is not. */
export function conditionKey(text: string): string {
  const slash = text.indexOf('/')
  return slash < 0 ? text.toLowerCase() : text.slice(0, slash).toLowerCase() + text.slice(slash)
}

/** Everything that a Condition or a policy variable may look at, by IAM's global key names. */
export function requestContext(facts: RequestFacts): RequestContext {
  const { principal, nowMs, userAgent } = facts
  const context = new Map<string, readonly string[]>()
  const put = (key: string, ...values: readonly string[]) => context.set(conditionKey(key), values)

  put('aws:PrincipalAccount', principal.accountId)
  if (principal.kind === 'root') {
    put('aws:PrincipalArn', rootArn(principal.accountId))
    put('aws:PrincipalType', 'Account')
    put('aws:userid', principal.accountId)
  } else {
    put('aws:PrincipalArn', userArn(principal.accountId, principal.userName))
    put('aws:PrincipalType', 'User')
    put('aws:username', principal.userName)
    if (principal.userId !== undefined) put('aws:userid', principal.userId)
  }
  put('aws:CurrentTime', new Date(nowMs).toISOString())
  put('aws:EpochTime', String(Math.floor(nowMs / 1000)))
  put('aws:SecureTransport', String(facts.secureTransport))
  put('aws:SourceIp', plainAddress(facts.sourceIp))
  if (userAgent !== undefined) put('aws:UserAgent', userAgent)

  const tagKeys = new Set([...(facts.requestTags?.keys() ?? []), ...(facts.tagKeys ?? [])])
  if (tagKeys.size > 0) put('aws:TagKeys', ...tagKeys)
  for (const [key, value] of facts.requestTags ?? []) put(`aws:RequestTag/${key}`, value)
  for (const [key, value] of facts.resourceTags ?? []) {
    put(`aws:ResourceTag/${key}`, value)
    put(`ecr-public:ResourceTag/${key}`, value)
  }
  return context
}

/** A dual-stack socket reports IPv4 peers as `::ffff:192.0.2.1`, which a string condition would not expect. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1]
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address
}
