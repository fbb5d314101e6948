import type { IncomingMessage } from 'node:http'
import { isProblem } from '../../domain/problem.ts'
import { parseScopes } from '../../domain/tokens/scope.ts'
import type { Passwords } from '../../registry/passwords.ts'
import type { Handler } from '../server.ts'
import { readToken } from './authorization-header.ts'

/**
 * `GET /token/`: changes a login, or none at all, for a bearer token (Docker Registry Token
 * Authentication). Scopes that the client names narrow the token; what it may do is asked of the
 * policies at each use. A bad or expired login is a 401, so that clients log in again.
 */
export function createTokenHandler(passwords: Passwords): Handler {
  return async (request, response) => {
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      const text = JSON.stringify(body)
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'cache-control': 'no-store',
        ...headers,
      })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return reply(405, errorBody('UNSUPPORTED', 'Ask for a token with GET.'), { allow: 'GET, HEAD' })
    try {
      const from = request.headers.authorization === undefined ? undefined : await holderOf(request, passwords)
      const { password, issuedAt, expiresAt } = await passwords.bearer(from, parseScopes(scopesIn(request)))
      reply(200, {
        token: password,
        access_token: password,
        expires_in: Math.floor((expiresAt - issuedAt) / 1000),
        issued_at: new Date(issuedAt).toISOString(),
      })
    } catch (error) {
      if (!isProblem(error, 'credentialsRefused')) throw error
      const message =
        error.problem.reason === 'expired'
          ? 'Your authorization token has expired. Reauthenticate and try again.'
          : 'Your Authorization Token is invalid.'
      reply(401, errorBody('UNAUTHORIZED', message), { 'www-authenticate': 'Basic realm="berth", charset="UTF-8"' })
    }
  }
}

const holderOf = (request: IncomingMessage, passwords: Passwords) =>
  passwords.verify(readToken(request.headers.authorization))

function scopesIn({ url = '/' }: IncomingMessage): string[] {
  const question = url.indexOf('?')
  return question < 0 ? [] : new URLSearchParams(url.slice(question + 1)).getAll('scope')
}

const errorBody = (code: string, message: string) => ({ errors: [{ code, message }] })
