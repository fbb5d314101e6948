import { Readable } from 'node:stream'
import type { Environment } from '../environment.ts'
import { chooseProxy } from '../http/choose-proxy.ts'
import { NetworkError } from '../http/network-error.ts'
import { send, type Transport, urlText } from '../http/send.ts'

/** A request as the AWS SDK hands it over. */
interface SdkRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What the SDK did last, since its own errors do not tell all of that. */
export interface Trail {
  /** The operation, by the name that messages give it. */
  operation?: string
  /** Why there was no answer. */
  failure?: NetworkError
  /** The host that answered, and its status. */
  answered?: string
}

/** Lets the SDK send its requests as this program does: through the same proxies, trusting the same certificates. */
export function sdkRequestHandler({ proxy: _, ...transport }: Transport, environment: Pick<Environment, 'env'>) {
  const trail: Trail = {}
  return {
    trail,
    async handle(request: SdkRequest) {
      const url = urlOf(request)
      const proxy = chooseProxy(url, environment)
      const body = textOf(request.body)
      const { host: _, 'content-length': __, ...headers } = request.headers
      trail.operation = operationOf(url, body)
      delete trail.failure
      const answer = await send(
        { url, method: request.method, headers, body },
        { ...transport, ...(proxy && { proxy }) },
      ).catch(error => {
        if (error instanceof NetworkError) trail.failure = error
        throw error
      })
      trail.answered = `${urlText(url)} answered with status ${answer.status}`
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

function textOf(body: unknown): string {
  if (body === undefined || typeof body === 'string') return body ?? ''
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  throw new TypeError('a body of the SDK is neither text nor bytes')
}

/**
 * The operation of a request. STS names it in the form that is sent; single sign-on has one path for each operation.
 */
function operationOf(url: URL, body: string): string {
  const action = new URLSearchParams(body).get('Action')
  return action ?? (url.pathname.endsWith('/token') ? 'CreateToken' : 'GetRoleCredentials')
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) url.searchParams.append(name, each)
  }
  return url
}
