import type { IncomingHttpHeaders } from 'node:http'

export interface OciResponse {
  readonly status: number
  /** Names in lower case; repeated headers joined with commas, as node:http does. */
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
