import { addressOf, connect } from '../http/connect.ts'
import { exchange } from '../http/exchange.ts'

type Options = {
  readonly method?: 'GET' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  /** For the connection, and again for the answer. */
  readonly seconds: number
}

/** The body of a small answer of a machine near by. @throws Error unless the status is 200 */
export async function fetchText(text: string, { method = 'GET', headers = {}, seconds }: Options): Promise<string> {
  const url = new URL(text)
  const onTimeout = () => new Error(`${url.host} does not answer`)
  const socket = await connect(addressOf(url, 80), seconds, onTimeout)
  const { status, body } = await exchange(
    socket,
    { method, target: url.pathname + url.search, headers: { host: url.host, connection: 'close', ...headers } },
    { seconds, onTimeout },
  )
  if (status === 200) return body
  throw new Error(`Received non 200 response ${status} from container metadata: ${body}`)
}
