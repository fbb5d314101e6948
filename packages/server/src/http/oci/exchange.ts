import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Memory, MemoryShare } from '../../ports/memory.ts'
import type { Uploads } from '../../registry/blobs/uploads.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { Pulls } from '../../registry/images/pull.ts'
import type { OciCaller } from '../access/oci-caller.ts'
import type { BodyFiles } from '../bodies/body-files.ts'
import { NOT_A_PAGE } from '../not-a-page.ts'
import { sendBytes } from '../send-chunks.ts'
import { holdUntilOver } from '../when-over.ts'
import type { RedirectPull } from './redirect-pulls.ts'

/** The use cases behind the endpoint. */
export interface OciServices {
  readonly context: RegistryContext
  readonly uploads: Uploads
  readonly pulls: Pulls
  /** Counts what requests hold: bodies, and answers until they are sent, since a client may take its time to read. */
  readonly memory: Memory
  /** Where long manifests gather until they are complete. */
  readonly bodyFiles: BodyFiles
  /** Milliseconds: half of the time that a connection may be idle. */
  readonly windowMs: number
  /** Sends clients elsewhere for blobs. Absent where this server serves every blob. */
  readonly redirectPull?: RedirectPull | undefined
}

/** One request and its answer, before it is known who asks. */
export interface Reply {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
}

/** One request of a known caller. */
export interface Exchange extends Reply {
  readonly services: OciServices
  readonly caller: OciCaller
  /** The query without its `?`. */
  readonly query: string
  /** Tells a client that waits for it (`Expect: 100-continue`) to send its body. */
  readonly wantBody: () => void
}

/**
 * Who may keep answers. Every answer needs a token, and is true for the moment: only the client itself may keep it, and
 * asks again (RFC 9111, section 5.2.2). Nobody may keep a refusal, its challenge above all.
 */
const CACHED = { answer: 'private, no-cache', refusal: 'no-store' }

/** Sends a whole answer. A HEAD request gets the headers only. */
export function answer(reply: Reply, status: number, headers: OutgoingHttpHeaders, body?: Buffer | string): void {
  begin(reply, status, headers, body).end(body)
}

/**
 * Sends the head of an answer. It is a list: an object that headers are added to one by one becomes a hash table, which
 * costs a manifest GET as much as all else that is done for it here.
 */
export function begin(
  { response, requestId }: Reply,
  status: number,
  headers: OutgoingHttpHeaders,
  body?: Buffer | string,
): ServerResponse {
  const head: OutgoingHttpHeader[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) head.push(name, value)
  }
  if (headers['Content-Length'] === undefined && status !== 204 && status !== 304)
    head.push('Content-Length', body === undefined ? 0 : Buffer.byteLength(body))
  if (headers['Cache-Control'] === undefined) head.push('Cache-Control', status < 400 ? CACHED.answer : CACHED.refusal)
  head.push('X-Content-Type-Options', 'nosniff')
  head.push('Content-Security-Policy', NOT_A_PAGE)
  head.push('Docker-Distribution-API-Version', 'registry/2.0')
  head.push('X-Request-Id', requestId)
  return response.writeHead(status, head)
}

/** Takes a share of the memory for what the request holds until it is over. */
export const shareOf = ({ services, caller, response }: Exchange): MemoryShare =>
  holdUntilOver(services.memory, caller.holder, response)

/** Sends a whole answer of any length. `headers` is completed in place. */
export function answerBytes(exchange: Exchange, headers: OutgoingHttpHeaders, body: Buffer): Promise<void> | undefined {
  headers['Content-Length'] = body.length
  const response = begin(exchange, 200, headers)
  if (exchange.request.method !== 'HEAD') return sendBytes(response, body)
  response.end()
  return undefined
}

/** Sends a listing for which memory is held. */
export async function answerListing(
  exchange: Exchange,
  share: MemoryShare,
  headers: OutgoingHttpHeaders,
  text: string,
): Promise<void> {
  const body = Buffer.from(text)
  share.hold(body.length)
  headers['Content-Type'] ??= 'application/json'
  await answerBytes(exchange, headers, body)
}

/** Sends a JSON document. */
export function answerJson(reply: Reply, headers: OutgoingHttpHeaders, document: unknown): void {
  headers['Content-Type'] ??= 'application/json'
  answer(reply, 200, headers, JSON.stringify(document))
}
