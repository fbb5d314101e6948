import { isIP } from 'node:net'
import type { AccountId } from '../names.ts'
import { rootArn, userArn } from './arn.ts'
import type { Principal } from './principal.ts'

/**
 * The values of a request's condition keys, by the key as `conditionKey` spells it. A key without a value is absent.
 * The key of a tag has a slash. Several values of such a key come from tags whose keys differ by case alone: a policy
 * cannot tell these apart.
 */
export type RequestContext = ReadonlyMap<string, readonly string[]>

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface RequestFacts {
  readonly principal: Principal | { readonly kind: 'anonymous' }
  readonly nowMs: number
  readonly sourceIp: string
  readonly secureTransport: boolean
  readonly userAgent?: string | undefined
  /** The region that was asked for. */
  readonly region: string
  /** The account that owns the resource. */
  readonly resourceAccount: AccountId
  /** The services whose `ResourceTag` keys look at the resource's tags, such as `ecr-public`. */
  readonly services: readonly string[]
  /** Tags that the request puts on the resource. */
  readonly requestTags?: readonly Tag[] | undefined
  /** Tag keys that the request names without a value, as UntagResource does. */
  readonly tagKeys?: readonly string[] | undefined
  /** Tags that the resource has already, or is made with. */
  readonly resourceTags?: readonly Tag[] | undefined
  readonly bearerToken?: BearerTokenFacts | undefined
}

/** A request for a token that a service takes instead of signatures. */
export interface BearerTokenFacts {
  /** The service that the token is for, such as `ecr-public.amazonaws.com`. */
  readonly serviceName: string
  readonly durationSeconds: number
}

/**
 * The name of a condition key in the one spelling that berth compares. Case means nothing in a condition key, not even
 * in a tag's key after the slash.
 */
export const conditionKey = (text: string): string => text.toLowerCase()

/** The condition key that lists the tags a request names. */
export const TAG_KEYS = conditionKey('aws:TagKeys')

/** Every key that `requestContext` may set. Behind a slash stands the key of a tag. */
const KEYS = new Set(
  [
    'aws:CurrentTime',
    'aws:EpochTime',
    'aws:PrincipalAccount',
    'aws:PrincipalArn',
    'aws:PrincipalIsAWSService',
    'aws:PrincipalType',
    'aws:RequestedRegion',
    'aws:RequestTag/',
    'aws:ResourceAccount',
    'aws:ResourceTag/',
    'aws:SecureTransport',
    'aws:SourceIp',
    'aws:TagKeys',
    'aws:UserAgent',
    'aws:userid',
    'aws:username',
    'aws:ViaAWSService',
    'ecr:ResourceTag/',
    'ecr-public:ResourceTag/',
    'sts:AWSServiceName',
    'sts:DurationSeconds',
  ].map(conditionKey),
)

/** Whether some request may have the key. */
export function isKnownKey(key: string): boolean {
  const slash = key.indexOf('/')
  return KEYS.has(conditionKey(slash < 0 ? key : key.slice(0, slash + 1)))
}

/**
 * Everything that a Condition or a policy variable may look at, by the names of IAM's global keys and with the values
 * that IAM's guide gives them (docs/conditions.md).
 */
export function requestContext(facts: RequestFacts): RequestContext {
  const context = new Map<string, readonly string[]>()
  const put = (key: string, ...values: readonly string[]) => {
    const name = conditionKey(key)
    context.set(name, [...new Set([...(context.get(name) ?? []), ...values])])
  }
  describePrincipal(facts.principal, put)
  put('aws:CurrentTime', new Date(facts.nowMs).toISOString())
  put('aws:EpochTime', String(Math.floor(facts.nowMs / 1000)))
  put('aws:SecureTransport', String(facts.secureTransport))
  put('aws:SourceIp', plainAddress(facts.sourceIp))
  put('aws:UserAgent', facts.userAgent ?? '')
  put('aws:RequestedRegion', facts.region)
  put('aws:ResourceAccount', facts.resourceAccount)
  // No service calls berth on anybody's behalf.
  put('aws:ViaAWSService', 'false')

  const { requestTags = [], tagKeys = [], resourceTags = [], bearerToken } = facts
  const named = [...requestTags.map(tag => tag.key), ...tagKeys]
  if (named.length > 0) put('aws:TagKeys', ...named)
  for (const { key, value } of requestTags) put(`aws:RequestTag/${key}`, value)
  for (const service of ['aws', ...facts.services])
    for (const { key, value } of resourceTags) put(`${service}:ResourceTag/${key}`, value)
  if (bearerToken !== undefined) {
    put('sts:AWSServiceName', bearerToken.serviceName)
    put('sts:DurationSeconds', String(bearerToken.durationSeconds))
  }
  return context
}

function describePrincipal(principal: RequestFacts['principal'], put: (key: string, value: string) => void): void {
  if (principal.kind === 'anonymous') {
    put('aws:PrincipalAccount', 'anonymous')
    put('aws:PrincipalType', 'Anonymous')
    return
  }
  put('aws:PrincipalAccount', principal.accountId)
  put('aws:PrincipalIsAWSService', 'false')
  if (principal.kind === 'root') {
    put('aws:PrincipalArn', rootArn(principal.accountId))
    put('aws:PrincipalType', 'Account')
    put('aws:userid', principal.accountId)
  } else {
    put('aws:PrincipalArn', userArn(principal.accountId, principal.userName))
    put('aws:PrincipalType', 'User')
    put('aws:userid', principal.userId)
    put('aws:username', principal.userName)
  }
}

/**
 * The most readings of a request. Nobody needs more tags whose keys differ by case alone, and each doubles the
 * readings.
 */
const MOST_READINGS = 64

/**
 * The ways to read a request for a statement that looks at `keys`. There is one for each choice between tags whose
 * keys differ by case alone. Undefined where there are too many.
 */
export function readingsOf(context: RequestContext, keys: Iterable<string>): readonly RequestContext[] | undefined {
  let readings: RequestContext[] = [context]
  for (const key of keys) {
    const values = context.get(key) ?? []
    if (values.length < 2 || !key.includes('/')) continue
    if (readings.length * values.length > MOST_READINGS) return undefined
    readings = readings.flatMap(reading => values.map(value => new Map(reading).set(key, [value])))
  }
  return readings
}

/** A dual-stack socket reports IPv4 peers as `::ffff:192.0.2.1`, which a string condition would not expect. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(.+)$/i.exec(address)?.[1]
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : address
}
