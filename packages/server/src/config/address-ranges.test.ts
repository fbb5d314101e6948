import { describe, expect, it } from 'vitest'
import { parseAddressRanges } from './address-ranges.ts'

const has = (text: string, address: string) =>
  parseAddressRanges(text).check(address, address.includes(':') ? 'ipv6' : 'ipv4')

describe('parseAddressRanges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['fd00::/8', 'fdab::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['10.0.0.0/8, fd00::/8,192.0.2.0/24', '192.0.2.1', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    // A server that listens on both families sees an IPv4 client so.
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:11.1.2.3', false],
  ])('%s and %s: %s', (text, address, expected) => {
    expect(has(text, address)).toBe(expected)
  })

  it.each(['', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0/8', 'example.com', '10.0.0.1,'])(
    'refuses %j',
    text => {
      expect(() => parseAddressRanges(text)).toThrow('no address and no CIDR')
    },
  )
})
