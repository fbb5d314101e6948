import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { parseAddressRanges } from '../config/address-ranges.ts'
import { createClientOf } from './client.ts'

const from = (remoteAddress: string, headers: Record<string, string> = {}, socket: object = {}) =>
  ({ socket: { remoteAddress, ...socket }, headers }) as unknown as IncomingMessage
const forwarded = (text: string) => ({ 'x-forwarded-for': text })
const behind = createClientOf(parseAddressRanges('10.0.0.0/8, fd00::/8'))

it.each([
  // Only a proxy that is trusted is believed.
  ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['fd00::1', '2001:db8::7', '2001:db8::7'],
  // What the client wrote itself comes first, and counts for nothing.
  ['10.0.0.1', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
  ['10.0.0.1', '127.0.0.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
  // A client inside, by way of a proxy.
  ['10.0.0.1', '10.1.2.3', '10.1.2.3'],
  ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  ['10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
  ['10.0.0.1', '198.51.100.1, unknown, 10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', '', '10.0.0.1'],
])('a connection from %s with X-Forwarded-For: %s is of %s', (peer, header, expected) => {
  expect(behind(from(peer, forwarded(header))).address).toBe(expected)
})

it('is the other end of the connection where no proxy is to be trusted', () => {
  expect(createClientOf()(from('10.0.0.1', forwarded('198.51.100.1')))).toEqual({
    address: '10.0.0.1',
    isSecure: false,
  })
  expect(behind(from('10.0.0.1')).address).toBe('10.0.0.1')
})

it('came over TLS if its connection did, or a proxy to be trusted says so', () => {
  const https = { 'x-forwarded-proto': 'https' }
  expect(behind(from('203.0.113.9', {}, { encrypted: true })).isSecure).toBe(true)
  expect(behind(from('203.0.113.9', https)).isSecure).toBe(false)
  expect(behind(from('10.0.0.1', https)).isSecure).toBe(true)
  expect(behind(from('10.0.0.1', { 'x-forwarded-proto': 'https, http' })).isSecure).toBe(false)
})
