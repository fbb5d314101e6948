import { BlockList, isIP } from 'node:net'

/**
 * How many of an IPv6 address's eight groups name the network of one customer: a /64, whose owner has 2^64 addresses
 * (RFC 6177, RFC 4291 2.5.4).
 */
const NETWORK_GROUPS = 4

const PRIVATE = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6')

/**
 * The network by which requests from an address are counted: an IPv4 address alone, whatever its spelling, and the /64
 * of an IPv6 address. A text that is no address is returned as it is.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [bare = ''] = address.split('%', 1)
  if (isIP(bare) !== 6) return address
  const groups = groupsOf(bare)
  const [high = 0, low = 0] = groups.slice(6)
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map(group => group.toString(16))
    .join(':')}::/64`
}

/** Whether an address is one that the internet does not lead to: of a local network or of this machine. */
export function isPrivate(address: string): boolean {
  const [bare = ''] = address.split('%', 1)
  const family = isIP(bare)
  return family !== 0 && PRIVATE.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}

/** The eight groups of an IPv6 address, of which `::` stands for as many zeros as are missing. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const before = numbersOf(head)
  if (tail === undefined) return before
  const after = numbersOf(tail)
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/** The last two groups may be spelled as an IPv4 address. */
function numbersOf(groups: string): number[] {
  if (groups === '') return []
  return groups.split(':').flatMap(group => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
