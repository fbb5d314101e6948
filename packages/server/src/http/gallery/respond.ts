import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { NOT_A_PAGE } from '../not-a-page.ts'
import { sendBytes } from '../send-chunks.ts'
import type { Asset } from './assets/assets.ts'

/** Pages load from this server alone, run its own modules alone, and make no markup of text. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const COMMON: OutgoingHttpHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

export interface Answer {
  readonly status: number
  readonly mediaType: 'text/html; charset=utf-8' | 'application/json' | 'application/xml' | 'text/plain; charset=utf-8'
  readonly text: string
  /** Whether search engines may list it. */
  readonly isIndexed?: boolean
  readonly headers?: OutgoingHttpHeaders
}

/**
 * Sends a page or a document. A client asks again for one that was found each time, so that what was deleted is gone
 * at once. One that has not changed is not sent again (RFC 9110, section 13.1.2).
 */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, mediaType, text, isIndexed = false } = answer
  const bytes = Buffer.from(text)
  const isPage = mediaType.startsWith('text/html')
  const headers: OutgoingHttpHeaders = {
    ...COMMON,
    'content-type': mediaType,
    'content-security-policy': isPage ? PAGE_POLICY : NOT_A_PAGE,
    'x-robots-tag': isIndexed ? undefined : 'noindex',
    'cache-control': status === 200 ? 'no-cache' : 'no-store',
    vary: isPage ? 'accept, cookie' : undefined,
    ...answer.headers,
  }
  for (const [name, value] of Object.entries(headers)) if (value === undefined) delete headers[name]
  if (status === 200) {
    const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
    headers['etag'] = tag
    if (matches(request.headers['if-none-match'], tag)) {
      delete headers['content-type']
      response.writeHead(304, headers).end()
      return
    }
  }
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  if (request.method === 'HEAD') response.end()
  else await sendBytes(response, bytes)
}

const matches = (header: string | undefined, tag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some(each => each.trim().replace(/^W\//, '') === tag))

export function sendAsset(request: IncomingMessage, response: ServerResponse, { mediaType, bytes }: Asset): void {
  response.writeHead(200, {
    ...COMMON,
    'content-type': mediaType,
    'content-length': bytes.length,
    'content-security-policy': NOT_A_PAGE,
    'cache-control': 'public, max-age=31536000, immutable',
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}
