import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPrivate, networkOf } from './address.ts'

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['0000:0000:0000:0000:0000:ffff:c000:0201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000::', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::2%2', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    // A mapped address has zeros before its mark, and this one has not.
    ['1::ffff:192.0.2.1', '1:0:0:0::/64'],
    ['no address: none', 'no address: none'],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('counts all addresses of one /64 together, and no two networks', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map(each => each.toString(16))
    const half = fc.array(group, { minLength: 4, maxLength: 4 }).map(groups => groups.join(':'))
    // A network that begins with zeros may be one of mapped addresses.
    const network = half.filter(text => !text.startsWith('0:0:'))
    fc.assert(
      fc.property(network, network, half, half, (here, there, one, other) => {
        expect(networkOf(`${here}:${one}`)).toBe(networkOf(`${here}:${other}`))
        if (here !== there) expect(networkOf(`${here}:${one}`)).not.toBe(networkOf(`${there}:${one}`))
      }),
    )
  })
})

describe('isPrivate', () => {
  it.each(['10.1.2.3', '172.31.0.1', '192.168.0.1', '100.64.0.1', '127.0.0.1', '::1', 'fd00::1', 'fe80::1%eth0'])(
    'knows %s, also as a mapped address',
    address => {
      expect(isPrivate(address)).toBe(true)
      if (!address.includes(':')) expect(isPrivate(`::ffff:${address}`)).toBe(true)
    },
  )

  it.each(['192.0.2.1', '172.32.0.1', '2001:db8::1', '::ffff:192.0.2.1', 'nowhere'])(
    'knows that %s is none',
    address => {
      expect(isPrivate(address)).toBe(false)
    },
  )
})
