import { EventEmitter } from 'node:events'
import type { Server } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseAddressRanges } from '../config/address-ranges.ts'
import { adviseOnProxies } from './proxy-advice.ts'

/** What is said of requests that come from these addresses in turn. */
const advised = (
  requests: number,
  addresses: readonly string[],
  { headers = {}, trusted }: { headers?: Record<string, string>; trusted?: string } = {},
): object[] => {
  const server = new EventEmitter()
  const warnings: object[] = []
  const log = { warn: (details: object, message: string) => warnings.push({ ...details, message }) }
  adviseOnProxies(server as Server, trusted === undefined ? undefined : parseAddressRanges(trusted), log)
  for (let at = 0; at < requests; at++)
    server.emit('request', { headers, socket: { remoteAddress: addresses[at % addresses.length] } })
  return warnings
}
const forwarded = { 'x-forwarded-for': '192.0.2.1' }

describe('adviseOnProxies', () => {
  it('speaks once, where all requests come from one private address', () => {
    for (const address of ['10.0.0.2', '::ffff:192.168.1.1', 'fd00::7']) {
      const warnings = advised(5_000, [address])
      expect(warnings).toEqual([
        { address, requests: 1_000, message: expect.stringContaining('--trusted-proxies') as string },
      ])
    }
  })

  it('speaks sooner of who says that it forwards, also on this machine', () => {
    for (const address of ['10.0.0.2', '127.0.0.1', '::1'])
      expect(advised(60, [address], { headers: forwarded })).toHaveLength(1)
    expect(advised(60, ['127.0.0.1'], { headers: { forwarded: 'for=192.0.2.1' } })).toHaveLength(1)
  })

  it('says nothing of clients on this machine, of several or public addresses, and of proxies that are trusted', () => {
    expect(advised(5_000, ['127.0.0.1'])).toEqual([])
    expect(advised(5_000, ['10.0.0.2', '10.0.0.3'])).toEqual([])
    expect(advised(5_000, ['192.0.2.1'], { headers: forwarded })).toEqual([])
    expect(advised(5_000, ['10.0.0.2'], { headers: forwarded, trusted: '10.0.0.0/8' })).toEqual([])
    expect(advised(5_000, ['10.0.0.2'], { headers: forwarded, trusted: '172.16.0.0/12' })).toHaveLength(1)
  })
})
