import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'

export interface SecureRequest {
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Sent with its length, unless the headers say `transfer-encoding: chunked`. */
  readonly body?: Uint8Array | undefined
  /** The file of the CA that is believed. */
  readonly ca: string
}

/** Sends one request over TLS, on a connection of its own. One that expects 100 Continue waits for it. */
export async function sendSecurely(url: string | URL, { method = 'GET', headers = {}, body, ca }: SecureRequest) {
  const sent = request(url, { method, headers, ca: await readFile(ca), agent: false })
  if (headers['expect'] === undefined) sent.end(body)
  else {
    sent.once('continue', () => sent.end(body))
    sent.flushHeaders()
  }
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const answer = { status: response.statusCode, headers: response.headers, body: await buffer(response) }
  sent.destroy()
  return answer
}
