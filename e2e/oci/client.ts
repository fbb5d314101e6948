import { Agent, request } from 'node:http'
import type { Registry } from '../support/registry.ts'
import type { OciResponse } from './response.ts'
import { assertGuarded, assertWireRules } from './wire-rules.ts'

export type { OciResponse } from './response.ts'

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Parameters in their order. Repeated names stay repeated. */
  readonly query?: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
  /** Whether to send the body in chunks, without its length. */
  readonly chunked?: boolean
  /** The Authorization header: `null` for none, the client's own where this is absent. */
  readonly authorization?: string | null
}

/** Speaks HTTP/1.1 to one registry, adds credentials, and holds every answer to the rules that bind all of them. */
export class OciClient implements AsyncDisposable {
  readonly registry: Registry
  readonly #agent = new Agent({ keepAlive: true })
  readonly #authorization: string | undefined
  #basic: string | undefined

  /** `authorization` is sent where a request names none. Absent, it is the account's Basic credentials. */
  constructor(registry: Registry, authorization?: string) {
    this.registry = registry
    this.#authorization = authorization
  }

  /** `Basic AWS:PASSWORD`, where the password is fetched once. */
  async basic(): Promise<string> {
    this.#basic ??= basicOf('AWS', await this.registry.password())
    return this.#basic
  }

  /** Sends a request. `target` is a path or a whole URL, such as a Location. */
  async send(method: string, target: string | URL, options: RequestOptions = {}): Promise<OciResponse> {
    const url = new URL(target, this.registry.url)
    for (const [name, value] of options.query ?? []) url.searchParams.append(name, value)
    const authorization =
      options.authorization === undefined ? (this.#authorization ?? (await this.basic())) : options.authorization
    const headers = {
      ...(authorization === null ? {} : { authorization }),
      ...(options.chunked === true
        ? { 'transfer-encoding': 'chunked' }
        : options.body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method)
          ? { 'content-length': String(options.body?.length ?? 0) }
          : {}),
      ...options.headers,
    }
    const response = await new Promise<OciResponse>((resolve, reject) => {
      const sent = request(url, { method, headers, agent: this.#agent }, incoming => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) }),
        )
      })
      sent.on('error', reject)
      sent.end(options.body)
    })
    assertWireRules(method, response)
    if (url.pathname.startsWith('/v2/')) assertGuarded(response)
    return response
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    await this.registry[Symbol.asyncDispose]()
  }
}

export function basicOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The URL of a Location header. `base` completes a relative one. @throws Error when there is no header */
export function locationOf({ headers, status }: OciResponse, base: string): URL {
  if (headers.location === undefined) throw new Error(`no Location in a response of status ${status}`)
  return new URL(headers.location, base)
}

/** The target of the Link header's `rel="next"` (RFC 8288); undefined on the last page. */
export function nextLinkOf({ headers }: OciResponse): string | undefined {
  const link = headers['link']
  const match = /<([^>]*)>\s*;\s*rel="next"/.exec(Array.isArray(link) ? link.join(', ') : (link ?? ''))
  return match?.[1]
}

export function jsonOf<T>({ body }: OciResponse): T {
  return JSON.parse(body.toString('utf8')) as T
}

/** The codes of an error body, in order. */
export function errorCodesOf(response: OciResponse): string[] {
  return jsonOf<{ errors: { code: string }[] }>(response).errors.map(({ code }) => code)
}
