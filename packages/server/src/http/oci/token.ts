import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { isProblem, RegistryError } from '../../domain/problem.ts'
import { parseScopes } from '../../domain/tokens/scope.ts'
import type { Passwords } from '../../registry/passwords.ts'
import type { CountRequest } from '../count-requests.ts'
import { markExchange } from '../exchange-mark.ts'
import type { Handler } from '../server.ts'
import { hasLogin, readToken } from './authorization-header.ts'
import { renderProblem } from './errors.ts'

/**
 * `GET /token/`: changes a login, or none at all, for a bearer token (Docker Registry Token
 * Authentication). Scopes that the client names narrow the token; what it may do is asked of the
 * policies at each use. A bad or expired login is a 401, so that clients log in again.
 */
export function createTokenHandler(passwords: Passwords, count: CountRequest): Handler {
  const holderOf = async (request: IncomingMessage, authorization: string) => {
    try {
      return await passwords.verify(readToken(authorization))
    } catch (error) {
      if (isProblem(error, 'credentialsRefused')) await count(request, undefined, 'token')
      throw error
    }
  }
  return async (request, response) => {
    markExchange(response, { protocol: 'token', operation: 'token', requestId: undefined })
    const send = (status: number, text: string, headers: OutgoingHttpHeaders = {}) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        ...headers,
      })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, NOT_BY_GET, { Allow: 'GET, HEAD' })
    try {
      const { authorization } = request.headers
      const from = hasLogin(authorization) ? await holderOf(request, authorization) : undefined
      await count(request, from?.principal?.accessKey.accountId, 'token')
      const { password, issuedAt, expiresAt } = await passwords.bearer(from, parseScopes(scopesIn(request)))
      const token = {
        token: password,
        access_token: password,
        expires_in: Math.floor((expiresAt - issuedAt) / 1000),
        issued_at: new Date(issuedAt).toISOString(),
      }
      send(200, JSON.stringify(token))
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error
      const { status, headers, body } = renderProblem(error.problem)
      const challenge = status === 401 && { 'WWW-Authenticate': 'Basic realm="berth", charset="UTF-8"' }
      send(status, body, { ...headers, ...challenge })
    }
  }
}

function scopesIn({ url = '/' }: IncomingMessage): string[] {
  const question = url.indexOf('?')
  return question < 0 ? [] : new URLSearchParams(url.slice(question + 1)).getAll('scope')
}

const NOT_BY_GET = JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message: 'Ask for a token with GET.' }] })
