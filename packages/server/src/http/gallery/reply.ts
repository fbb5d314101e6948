import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { layout, type Page, type PageContext } from './pages/layout.ts'
import { sendAnswer } from './respond.ts'

export interface PageReply {
  readonly page: Page
  readonly status?: number
  readonly headers?: OutgoingHttpHeaders
}

/** What comes of a request that is no public page: a page for one reader alone, or the way to another one. */
export type Reply = (PageReply | { readonly location: string }) & {
  /** The values of `Set-Cookie`, one for each cookie. */
  readonly cookies?: readonly string[]
}

/**
 * Sends a reply, which no cache keeps. After a form that worked the browser is led to a page that it may load again.
 */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  context: PageContext,
): Promise<void> {
  const { cookies = [] } = reply
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  if ('location' in reply) {
    response.writeHead(303, { location: reply.location, 'cache-control': 'no-store', 'content-length': 0 }).end()
    return
  }
  const { page, status = 200, headers } = reply
  const text = layout(page, context)
  const own = { 'cache-control': 'no-store', 'referrer-policy': 'same-origin', ...headers }
  await sendAnswer(request, response, { status, mediaType: 'text/html; charset=utf-8', text, headers: own })
}
