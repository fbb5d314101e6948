import type { ServerResponse } from 'node:http'

/** What a surface says of a request once it knows, for metrics and logs. */
export interface ExchangeMark {
  readonly protocol: 'oci' | 'control' | 'token' | 'other'
  /** One of a closed set of names, never a client's own text. */
  readonly operation: string
  readonly requestId: string | undefined
}

const MARK = Symbol('mark')
type Marked = ServerResponse & { [MARK]?: ExchangeMark }

const UNMARKED: ExchangeMark = { protocol: 'other', operation: 'page', requestId: undefined }

export function markExchange(response: ServerResponse, mark: ExchangeMark): void {
  const marked: Marked = response
  marked[MARK] = mark
}

export function markOf(response: ServerResponse): ExchangeMark {
  return (response as Marked)[MARK] ?? UNMARKED
}
