import type { IncomingMessage, ServerResponse } from 'node:http'
import { isProblem } from '../../domain/problem.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { CountRequest } from '../count-requests.ts'
import { NOT_A_PAGE } from '../not-a-page.ts'

const LOGO_PATH = /^\/logos\/([0-9a-f-]{36}\.(?:png|jpg|gif))$/

/** Where a logo is served; a repository's next logo has another id, so that any cache may keep this one. */
export const logoPath = (logoId: string): string => `/logos/${logoId}`

/**
 * Answers `GET /logos/LOGOID`, for anyone: gallery pages show it. The bytes came from a caller, and so nothing
 * may guess another type for them, nor run them.
 */
export function createLogoHandler(
  metadata: MetadataStore,
  count: CountRequest,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('content-security-policy', NOT_A_PAGE)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'cache-control': 'no-store' }).end()
      return
    }
    try {
      await count(request, undefined, 'logo')
    } catch (error) {
      if (!isProblem(error, 'tooManyRequests')) throw error
      const { retryAfterSeconds } = error.problem
      response.writeHead(429, { 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' }).end()
      return
    }
    const [path = ''] = (request.url ?? '').split('?', 1)
    const [, logoId] = LOGO_PATH.exec(path) ?? []
    const logo = logoId === undefined ? undefined : await metadata.rows.repositories.logo(logoId)
    if (logo === undefined) {
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
      response.writeHead(404, headers).end('There is no such logo.\n')
      return
    }
    response.writeHead(200, {
      'content-type': logo.mediaType,
      'content-length': logo.bytes.length,
      'cache-control': 'public, max-age=31536000, immutable',
    })
    response.end(request.method === 'HEAD' ? undefined : logo.bytes)
  }
}
