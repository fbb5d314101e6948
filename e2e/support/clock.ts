import type { Registry } from './registry.ts'

const HOURS = 13
const SHIFT = `const now = Date.now; let shift = 0; Date.now = () => now() + shift
process.on('SIGUSR2', () => { shift = ${HOURS} * 60 * 60 * 1000 })`

/** The environment of a server whose clock `expireLogins` can move. */
export const MOVABLE_CLOCK = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SHIFT)}` }

/** Moves the clock of each server beyond the end of every login. Calls that are signed are refused from then on. */
export async function expireLogins(registry: Registry, password: string): Promise<void> {
  for (const { pid } of registry.deployment.servers) process.kill(pid, 'SIGUSR2')
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`
  const isGood = async ({ url }: { url: string }) =>
    (await fetch(`${url}/token/`, { headers: { authorization } })).status === 200
  for (const server of registry.deployment.servers) while (await isGood(server));
}
