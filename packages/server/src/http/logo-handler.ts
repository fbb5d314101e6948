import type { IncomingMessage, ServerResponse } from 'node:http'
import { isProblem } from '../domain/problem.ts'
import type { Memory } from '../ports/memory.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import { LOGO_LIMIT_BYTES } from '../registry/repositories/catalog-data.ts'
import type { ClientOf } from './client.ts'
import type { CountRequest } from './count-requests.ts'
import { NOT_A_PAGE } from './not-a-page.ts'
import { sendBytes } from './send-chunks.ts'
import { holdUntilOver } from './when-over.ts'

const LOGO_PATH = /^\/logos\/([0-9a-f-]{36}\.(?:png|jpg|gif))$/

/** The path of a logo. A repository's next logo has another id, so any cache may keep this one. */
export const logoPath = (logoId: string): string => `/logos/${logoId}`

export interface LogoOptions {
  readonly metadata: MetadataStore
  readonly count: CountRequest
  readonly memory: Memory
  readonly clientOf: ClientOf
}

/**
 * Answers `GET /logos/LOGOID` for anyone: pages of the gallery show logos. The bytes came from a caller, so no browser
 * may guess another type for them, nor run them.
 */
export function createLogoHandler({
  metadata,
  count,
  memory,
  clientOf,
}: LogoOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('content-security-policy', NOT_A_PAGE)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', 'cache-control': 'no-store' }).end()
      return
    }
    const share = holdUntilOver(memory, { address: clientOf(request).address }, response)
    try {
      await count(request, undefined, 'logo')
      await share.wait(LOGO_LIMIT_BYTES)
    } catch (error) {
      if (!isProblem(error, 'tooManyRequests') && !isProblem(error, 'unavailable')) throw error
      const { kind, retryAfterSeconds } = error.problem
      const headers = { 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' }
      response.writeHead(kind === 'tooManyRequests' ? 429 : 503, headers).end()
      return
    }
    const [path = ''] = (request.url ?? '').split('?', 1)
    const [, logoId] = LOGO_PATH.exec(path) ?? []
    const logo = logoId === undefined ? undefined : await metadata.rows.repositorySettings.logo(logoId)
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
    share.hold(logo.bytes.length)
    if (request.method === 'HEAD') response.end()
    else await sendBytes(response, logo.bytes)
  }
}
