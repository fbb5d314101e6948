import type { IncomingMessage } from 'node:http'
import type { RateLimits } from '../registry/access/rate-limits.ts'
import type { ClientOf } from './client.ts'

/**
 * Counts a request for an account or, without a good login, for the address that it came from.
 * @throws RegistryError `tooManyRequests`
 */
export type CountRequest = (request: IncomingMessage, accountId: string | undefined, action: string) => Promise<void>

export const createCounter =
  (rateLimits: RateLimits, clientOf: ClientOf): CountRequest =>
  (request, accountId, action) =>
    rateLimits.count(accountId === undefined ? { address: clientOf(request).address } : { accountId }, action)
