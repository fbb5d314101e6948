import type { IncomingHttpHeaders } from 'node:http'

export interface OciResponse {
  readonly status: number
  /** Values by lower-case name. Repeated headers are joined with commas, as node:http joins them. */
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
