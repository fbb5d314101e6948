import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseAddressRanges } from '../config/address-ranges.ts'
import { createClientOf } from './client.ts'

const request = (remoteAddress: string, headers: Record<string, string> = {}, isEncrypted = false) =>
  ({ headers, socket: { remoteAddress, ...(isEncrypted && { encrypted: true }) } }) as unknown as IncomingMessage

describe('createClientOf', () => {
  const clientOf = createClientOf(parseAddressRanges('10.0.0.0/8, fd00::/8'))
  const address = (from: string, forwarded: string) => clientOf(request(from, { 'x-forwarded-for': forwarded })).address

  it.each([
    ['10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['::ffff:10.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['fd00::1', '2001:db8::7', '2001:db8::7'],
    // A zone is of the machine that wrote it.
    ['fd00::1%eth0', '2001:db8::7', '2001:db8::7'],
    ['10.0.0.1', '[fe80::7%25eth0]:4711', 'fe80::7'],
    ['10.0.0.1', `2001:db8::7%${'z'.repeat(9_000)}, fd00::2%eth1`, '2001:db8::7'],
    ['fe80::9%eth0', '192.0.2.7', 'fe80::9'],
    // Of several proxies the last one that is not trusted is the client.
    ['10.0.0.1', '192.0.2.7, 10.0.0.2', '192.0.2.7'],
    ['10.0.0.1', '198.51.100.1, 192.0.2.7,10.0.0.2', '192.0.2.7'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    // Some proxies write ports.
    ['10.0.0.1', '192.0.2.7:4711', '192.0.2.7'],
    ['10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    // What is no address ends the search.
    ['10.0.0.1', '192.0.2.7, unknown', '10.0.0.1'],
    ['10.0.0.1', '192.0.2.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '', '10.0.0.1'],
    // Anyone can write the header.
    ['192.0.2.1', '10.0.0.9', '192.0.2.1'],
  ])('takes the word of %s that it forwards for %j: %s', (from, forwarded, expected) => {
    expect(address(from, forwarded)).toBe(expected)
  })

  it('learns of TLS from a trusted proxy, and from nobody else', () => {
    const isSecure = (from: string, protocol: string, isEncrypted = false) =>
      clientOf(request(from, { 'x-forwarded-proto': protocol }, isEncrypted)).isSecure
    expect(isSecure('10.0.0.1', 'https')).toBe(true)
    expect(isSecure('10.0.0.1', 'http')).toBe(false)
    expect(isSecure('10.0.0.1', 'https, http')).toBe(false)
    expect(isSecure('192.0.2.1', 'https')).toBe(false)
    expect(clientOf(request('10.0.0.1', {}, true)).isSecure).toBe(true)
    expect(clientOf(request('192.0.2.1', {}, true)).isSecure).toBe(true)
  })

  it('believes nobody unless told to', () => {
    const headers = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' }
    expect(createClientOf()(request('127.0.0.1', headers))).toEqual({ address: '127.0.0.1', isSecure: false })
  })
})
