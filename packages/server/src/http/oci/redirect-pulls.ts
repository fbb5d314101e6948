import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'
import { type ClientOf, isIn } from '../client.ts'
import type { Origins } from '../origins.ts'

/** The bytes below which the detour takes longer than the bytes do. */
const SMALL_BYTES = 256 * 1024
/** The download must begin within this time. */
const EXPIRES_SECONDS = 20 * 60

/** The URL where the client is to fetch the blob; undefined where this server sends it. */
export type RedirectPull = (request: IncomingMessage, blob: BlobRow) => Promise<string | undefined>

export interface RedirectOptions {
  readonly clientOf: ClientOf
  readonly origins: Pick<Origins, 'mayGetLogin'>
  readonly except: BlockList | undefined
}

/**
 * Sends clients to the store itself, except clients in the ranges of `except`, as inside of a cluster, and clients
 * that would send their login along. A store refuses a request with two logins, and has no business with this one.
 */
export function createRedirectPull(blobs: BlobStore, { clientOf, origins, except }: RedirectOptions): RedirectPull {
  return async (request, { storageKey, sizeBytes }) => {
    if (sizeBytes < SMALL_BYTES) return undefined
    if (except !== undefined && isIn(except, clientOf(request).address)) return undefined
    const url = await blobs.presignedUrl?.(storageKey, EXPIRES_SECONDS)
    return url === undefined || origins.mayGetLogin(request, url) ? undefined : url
  }
}
