import { describe, expect, it } from 'vitest'
import { serviceError } from './service-error.ts'

describe('the code of an error', () => {
  it.each([
    ['AWS.Query;Sender', 'AWS.Query'],
    ['AWS.Query', 'Body'],
    [';Sender', 'Body'],
    ['AWS.Query;Sender;More', 'Body'],
  ])('with the header %j is %s', (header, code) => {
    const body = '{"__type":"x#Body","message":"m"}'
    const headers = new Map([['x-amzn-query-error', header]])
    expect(serviceError({ status: 400, reason: 'Bad Request', headers, body })).toEqual({ code, message: 'm' })
  })
})
