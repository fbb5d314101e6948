import { addressOf, connect } from '../http/connect.ts'
import { exchange } from '../http/exchange.ts'

interface Options {
  readonly method?: 'GET' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds for the connection, and again for the answer. */
  readonly seconds: number
}

/** The answer's status is not 200. */
export class StatusError extends Error {
  readonly status: number
  constructor(status: number, body: string) {
    super(`received status ${status}: ${body}`)
    this.status = status
  }
}

/** A connection was made, but no answer came in time. */
export class NoAnswerError extends Error {}

/** The body of a small answer of a machine near by. @throws StatusError, NoAnswerError, or Error of the connection */
export async function fetchText(text: string, { method = 'GET', headers = {}, seconds }: Options): Promise<string> {
  const url = new URL(text)
  const socket = await connect(addressOf(url, 80), seconds, () => new Error(`${url.host} cannot be reached`))
  const { status, body } = await exchange(
    socket,
    { method, target: url.pathname + url.search, headers: { host: url.host, connection: 'close', ...headers } },
    { seconds, onTimeout: () => new NoAnswerError(`${url.host} does not answer`) },
  )
  if (status === 200) return body
  throw new StatusError(status, body)
}
