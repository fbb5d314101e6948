import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { circumstancesOf } from './circumstances.ts'

const client = { address: '192.0.2.1', isSecure: true }
const of = (userAgent?: string) =>
  circumstancesOf({ headers: { 'user-agent': userAgent } } as IncomingMessage, client, {
    ...{ nowMs: 7, region: 'us-east-1' },
  })

it('says how a request came', () => {
  expect(of('curl/8')).toEqual({
    ...{ nowMs: 7, region: 'us-east-1', sourceIp: '192.0.2.1', secureTransport: true, userAgent: 'curl/8' },
  })
  expect(of().userAgent).toBeUndefined()
})

it('hands policies no endless user agent, whose every character costs them time', () => {
  expect(of('x'.repeat(15_000)).userAgent).toBe('x'.repeat(2_048))
})
