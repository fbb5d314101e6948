import { BlockList, isIP } from 'node:net'

/**
 * Reads addresses and ranges of addresses: `10.0.0.0/8, fd00::/8, 192.0.2.7`. IPv4 addresses count in both of their
 * spellings.
 * @throws Error that names what is neither
 */
export function parseAddressRanges(text: string): BlockList {
  const ranges = new BlockList()
  for (const entry of text.split(',').map(each => each.trim())) {
    const [address = '', bits, ...rest] = entry.split('/')
    const family = isIP(address)
    const most = family === 4 ? 32 : 128
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
    if (family === 0 || rest.length > 0 || !(length <= most)) throw new Error(`"${entry}" is no address and no CIDR`)
    ranges.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6')
  }
  return ranges
}
