import type { IncomingMessage } from 'node:http'
import type { Circumstances } from '../../registry/access/authorize.ts'
import type { Client } from '../client.ts'

/**
 * The most characters of `User-Agent` that policies see: no real client says more of itself. A pattern takes time for
 * each character, and the policy may be that of another account.
 */
const USER_AGENT_CHARACTERS = 2_048

/** The circumstances of a request, for the conditions of policies. */
export function circumstancesOf(
  { headers }: IncomingMessage,
  client: Client,
  { nowMs, region }: Pick<Circumstances, 'nowMs' | 'region'>,
): Circumstances {
  return {
    nowMs,
    region,
    sourceIp: client.address,
    secureTransport: client.isSecure,
    userAgent: headers['user-agent']?.slice(0, USER_AGENT_CHARACTERS),
  }
}
