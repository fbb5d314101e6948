import { Readable } from 'node:stream'
import type { Environment } from '../environment.ts'
import { chooseProxy } from '../http/choose-proxy.ts'
import { send, type Transport } from '../http/send.ts'

/** A request as the AWS SDK hands it over. */
type SdkRequest = {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Lets the SDK send its requests as this program does: through the same proxies, trusting the same certificates. */
export function sdkRequestHandler(transport: Omit<Transport, 'proxy'>, environment: Pick<Environment, 'env'>) {
  return {
    async handle(request: SdkRequest) {
      const url = urlOf(request)
      const proxy = chooseProxy(url, environment)
      const body = typeof request.body === 'string' ? request.body : ''
      const { host: _, 'content-length': __, ...headers } = request.headers
      const answer = await send(
        { url, method: request.method, headers, body },
        { ...transport, ...(proxy && { proxy }) },
      )
      return {
        response: {
          statusCode: answer.status,
          reason: answer.reason,
          headers: Object.fromEntries(answer.headers),
          body: Readable.from([Buffer.from(answer.body)]),
        },
      }
    },
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) url.searchParams.append(name, each)
  }
  return url
}
