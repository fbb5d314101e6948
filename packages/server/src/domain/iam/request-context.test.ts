import { describe, expect, it } from 'vitest'
import { parseAccountId } from '../names.ts'
import { conditionKey, requestContext } from './request-context.ts'

const accountId = parseAccountId('123456789012')
const base = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), sourceIp: '::ffff:192.0.2.1', secureTransport: true }
const user = { kind: 'user', accountId, userName: 'ann' } as const

describe('requestContext', () => {
  it('describes a user', () => {
    expect(Object.fromEntries(requestContext({ ...base, principal: user, userAgent: 'aws-cli/2' }))).toEqual({
      'aws:principalaccount': ['123456789012'],
      'aws:principalarn': ['arn:aws:iam::123456789012:user/ann'],
      'aws:principaltype': ['User'],
      'aws:username': ['ann'],
      'aws:currenttime': ['2026-01-02T03:04:05.678Z'],
      'aws:epochtime': ['1767323045'],
      'aws:securetransport': ['true'],
      'aws:sourceip': ['192.0.2.1'],
      'aws:useragent': ['aws-cli/2'],
    })
  })

  it('describes root, which has no user name', () => {
    const context = requestContext({ ...base, principal: { kind: 'root', accountId } })
    expect(context.get('aws:principalarn')).toEqual(['arn:aws:iam::123456789012:root'])
    expect(context.get('aws:principaltype')).toEqual(['Account'])
    expect(context.get('aws:userid')).toEqual(['123456789012'])
    expect(context.has('aws:username')).toBe(false)
  })

  it('keeps the case of tag keys, and of nothing else', () => {
    const context = requestContext({
      ...base,
      principal: user,
      requestTags: new Map([['Team', 'a']]),
      tagKeys: ['Team', 'old'],
      resourceTags: new Map([['Stage', 'b']]),
    })
    expect(context.get(conditionKey('AWS:requesttag/Team'))).toEqual(['a'])
    expect(context.has(conditionKey('aws:RequestTag/team'))).toBe(false)
    expect(context.get(conditionKey('aws:ResourceTag/Stage'))).toEqual(['b'])
    expect(context.get(conditionKey('ecr-public:ResourceTag/Stage'))).toEqual(['b'])
    expect(context.get(conditionKey('aws:TagKeys'))).toEqual(['Team', 'old'])
  })
})
