import type { ServerResponse } from 'node:http'

/** The facts that a surface tells metrics and logs about a request, once it knows them. */
export interface ExchangeMark {
  readonly protocol: 'oci' | 'control' | 'token' | 'gallery' | 'other'
  /** A name of a closed set, never a client's own text. */
  readonly operation: string
  readonly requestId: string | undefined
  /** The access key whose expired login was passed over. */
  readonly accessKeyId?: string
}

const MARK = Symbol('mark')
type Marked = ServerResponse & { [MARK]?: ExchangeMark }

const UNMARKED: ExchangeMark = { protocol: 'other', operation: 'page', requestId: undefined }

/** Notes what is known of the request that is answered. */
export function markExchange(response: ServerResponse, mark: ExchangeMark): void {
  const marked: Marked = response
  marked[MARK] = mark
}

/** The mark of the request that is answered. A request that no surface has marked counts as `other`. */
export function markOf(response: ServerResponse): ExchangeMark {
  return (response as Marked)[MARK] ?? UNMARKED
}
