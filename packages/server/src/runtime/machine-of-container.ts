import { existsSync, readFileSync } from 'node:fs'

/** The files that Docker and Podman put into each container. */
const MARKS = ['/.dockerenv', '/run/.containerenv']
const ROUTES = '/proc/net/route'
/** The flag of a route that leads to a gateway (`RTF_GATEWAY` in `linux/route.h`). */
const BY_GATEWAY = 2

/**
 * The addresses by which the machine reaches a container of Docker or Podman whose ports it publishes: the gateways of
 * the container's networks. None outside of containers, where a gateway is somebody else.
 */
export function machineOfContainer(): string[] {
  if (!MARKS.some(existsSync)) return []
  try {
    return gatewaysOf(readFileSync(ROUTES, 'utf8'))
  } catch {
    // Not Linux, or a container that may not look.
    return []
  }
}

/** The gateways of default routes, as `proc_net(5)` writes routes. */
export function gatewaysOf(routes: string): string[] {
  const lines = routes.split('\n').slice(1)
  return lines.flatMap(line => {
    const [, target, gateway = '', flags = '0'] = line.split(/\s+/)
    const isDefault = target === '00000000' && (Number.parseInt(flags, 16) & BY_GATEWAY) !== 0
    return isDefault && /^[0-9A-F]{8}$/i.test(gateway) ? [addressOf(gateway)] : []
  })
}

/** The kernel writes the four bytes as one number of the machine: the last byte of an address comes first. */
const addressOf = (gateway: string): string => [...Buffer.from(gateway, 'hex')].reverse().join('.')
