import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAccountId } from '../names.ts'
import { conditionKey, isKnownKey, type RequestFacts, requestContext } from './request-context.ts'

const accountId = parseAccountId('123456789012')
const owner = parseAccountId('210987654321')
const user = { kind: 'user', accountId, userName: 'ann', userId: 'AIDAABCDEFGHIJKLMNOP' } as const
const base: RequestFacts = {
  ...{ nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), sourceIp: '::ffff:192.0.2.1', secureTransport: true },
  ...{ region: 'us-east-1', resourceAccount: owner, services: ['ecr-public'], principal: user },
}
const full = {
  ...base,
  services: ['ecr-public', 'ecr'],
  userAgent: 'aws-cli/2',
  requestTags: [{ key: 'Team', value: 'web' }],
  tagKeys: ['old'],
  resourceTags: [{ key: 'Stage', value: 'prod' }],
  bearerToken: { serviceName: 'ecr-public.amazonaws.com', durationSeconds: 43_200 },
}

describe('requestContext', () => {
  it('describes a user', () => {
    expect(Object.fromEntries(requestContext({ ...base, userAgent: 'aws-cli/2' }))).toEqual({
      'aws:principalaccount': ['123456789012'],
      'aws:principalarn': ['arn:aws:iam::123456789012:user/ann'],
      'aws:principalisawsservice': ['false'],
      'aws:principaltype': ['User'],
      'aws:userid': ['AIDAABCDEFGHIJKLMNOP'],
      'aws:username': ['ann'],
      'aws:currenttime': ['2026-01-02T03:04:05.678Z'],
      'aws:epochtime': ['1767323045'],
      'aws:securetransport': ['true'],
      'aws:sourceip': ['192.0.2.1'],
      'aws:useragent': ['aws-cli/2'],
      'aws:requestedregion': ['us-east-1'],
      'aws:resourceaccount': ['210987654321'],
      'aws:viaawsservice': ['false'],
    })
  })

  it('describes root, which has no user name', () => {
    const context = requestContext({ ...base, principal: { kind: 'root', accountId } })
    expect(context.get('aws:principalarn')).toEqual(['arn:aws:iam::123456789012:root'])
    expect(context.get('aws:principaltype')).toEqual(['Account'])
    expect(context.get('aws:userid')).toEqual(['123456789012'])
    expect(context.has('aws:username')).toBe(false)
  })

  it('knows next to nothing of who is anonymous', () => {
    const context = requestContext({ ...base, principal: { kind: 'anonymous' } })
    expect(context.get('aws:principalaccount')).toEqual(['anonymous'])
    expect(context.get('aws:principaltype')).toEqual(['Anonymous'])
    for (const key of ['aws:PrincipalArn', 'aws:PrincipalIsAWSService', 'aws:userid', 'aws:username'])
      expect(context.has(conditionKey(key)), key).toBe(false)
  })

  it('finds tags by their keys in any case, and keeps the values of all that differ by case alone', () => {
    const context = requestContext({
      ...base,
      requestTags: [{ key: 'Team', value: 'a' }],
      tagKeys: ['Team', 'old'],
      resourceTags: [
        { key: 'Stage', value: 'b' },
        { key: 'stage', value: 'c' },
      ],
    })
    expect(context.get(conditionKey('AWS:requesttag/TEAM'))).toEqual(['a'])
    expect(context.get(conditionKey('aws:ResourceTag/STAGE'))).toEqual(['b', 'c'])
    expect(context.get(conditionKey('ecr-public:ResourceTag/Stage'))).toEqual(['b', 'c'])
    expect(context.get(conditionKey('aws:TagKeys'))).toEqual(['Team', 'old'])
  })
})

/** The rows of the page: key, where it is, value. */
const page = readFileSync(new URL('../../../../../docs/conditions.md', import.meta.url), 'utf8')
const rows = Array.from(
  page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| (?:`([^`]*)`|[^|]*) \|$/gm),
  ([, key, when, value]) => ({
    ...{ key: key ?? '', when: when?.trim() ?? '', value },
  }),
)

describe('docs/conditions.md', () => {
  const withTag = (key: string) => conditionKey(key.replace('/KEY', key.includes('Request') ? '/Team' : '/Stage'))
  const signed = requestContext(full)
  const plain = requestContext({ ...base, userAgent: 'aws-cli/2' })
  const anonymous = requestContext({ ...full, principal: { kind: 'anonymous' } })

  it('has a row for each key that a request has, and no other', () => {
    const present = rows.filter(row => row.when !== 'never').map(row => withTag(row.key))
    expect(present.sort()).toEqual([...signed.keys()].sort())
  })

  it.each(rows)('$key is there $when', ({ key, when, value }) => {
    const name = withTag(key)
    expect(isKnownKey(key)).toBe(when !== 'never')
    expect(signed.has(name)).toBe(when !== 'never')
    if (value !== undefined) expect(signed.get(name)).toEqual([value])
    const isAlways = when === 'always'
    expect(plain.has(name)).toBe(isAlways || when === 'unless anonymous')
    if (isAlways || when === 'unless anonymous') expect(anonymous.has(name)).toBe(isAlways)
  })
})
