import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { isProblem, RegistryError } from '../../domain/problem.ts'
import { formatScope, parsePullScopes, parseScopes, type TokenScopes } from '../../domain/tokens/scope.ts'
import type { Passwords, TokenHolder } from '../../registry/access/passwords.ts'
import { drain } from '../bodies/drain.ts'
import { hasBody } from '../bodies/read-body.ts'
import type { CountRequest } from '../count-requests.ts'
import { markExchange } from '../exchange-mark.ts'
import { type ErrorAnswer, isOurs, type Problem, renderProblem } from '../oci/errors.ts'
import type { Handler } from '../server.ts'
import { readTokenForm, readTokenQuery } from './token-request.ts'

const ALLOW = 'GET, HEAD, POST'

/**
 * Answers `/token/`: changes a login, or none at all, for a bearer token, by `GET` (Docker Registry Token
 * Authentication) or by a form (OAuth2 Token Authentication). Scopes that the client names narrow the token; policies
 * are asked at each use. A bad or expired login is a 401, so that clients log in again. One that has merely expired
 * gets nobody's token where all that the client asks for is to pull: a forgotten login blocks no public image.
 */
export function createTokenHandler(passwords: Passwords, count: CountRequest, windowMs: number): Handler {
  return async (request, response) => {
    markExchange(response, { protocol: 'token', operation: 'token', requestId: undefined })
    const { method = '' } = request
    const byForm = method === 'POST'
    try {
      if (!ALLOW.split(', ').includes(method)) throw new RegistryError({ kind: 'methodNotAllowed', allow: ALLOW })
      const { login, scopes } = byForm ? await readTokenForm(request, windowMs) : readTokenQuery(request)
      const { holder, asked } = await countLogin(login, scopes)
      const token = await passwords.bearer(holder, asked)
      send(response, 200, JSON.stringify(tokenAnswer(token, asked)))
    } catch (error) {
      // The client went away before its form was whole.
      if (request.destroyed && !request.complete) return
      if (!isOurs(error)) throw error
      const isRead = !hasBody(request) || (await drain(request))
      const { status, headers, body } = render(error.problem, byForm)
      send(response, status, body, isRead ? headers : { ...headers, Connection: 'close' })
    }

    /** Finds whose token it is to be, and of which scopes. The request is counted whatever the login is. */
    async function countLogin(
      login: (() => string) | undefined,
      scopes: readonly string[],
    ): Promise<{ holder?: TokenHolder | undefined; asked: TokenScopes }> {
      try {
        const holder = login && (await passwords.verify(login()))
        await count(request, holder?.principal?.accessKey.accountId, 'token')
        return { holder, asked: parseScopes(scopes) }
      } catch (error) {
        if (login === undefined || !isProblem(error, 'credentialsRefused')) throw error
        await count(request, undefined, 'token')
        const pulls = parsePullScopes(scopes)
        const expired = pulls && (await passwords.expiredLogin(login()))
        if (expired === undefined) throw error
        const { accessKeyId } = expired
        markExchange(response, {
          protocol: 'token',
          operation: 'tokenForExpiredLogin',
          requestId: undefined,
          accessKeyId,
        })
        return { asked: pulls }
      }
    }
  }
}

function tokenAnswer(
  { password, issuedAt, expiresAt }: Awaited<ReturnType<Passwords['bearer']>>,
  asked: TokenScopes,
): object {
  return {
    token: password,
    access_token: password,
    expires_in: Math.floor((expiresAt - issuedAt) / 1000),
    issued_at: new Date(issuedAt).toISOString(),
    ...(asked !== undefined && { scope: asked.map(formatScope).join(' ') }),
  }
}

/** A client of the form reads OAuth2's words, and one that knows registries theirs (RFC 6749, section 5.2). */
function render(problem: Problem, byForm: boolean): ErrorAnswer {
  const { status, headers, body } = renderProblem(problem)
  const challenge = status === 401 && { 'WWW-Authenticate': 'Basic realm="berth", charset="UTF-8"' }
  if (!byForm) return { status, headers: { ...headers, ...challenge }, body }
  const { errors } = JSON.parse(body) as { errors: readonly { message: string }[] }
  const oauth = { error: oauthError(problem), error_description: errors[0]?.message }
  return { status, headers: { ...headers, ...challenge }, body: JSON.stringify({ ...oauth, errors }) }
}

function oauthError(problem: Problem): string {
  switch (problem.kind) {
    case 'tokenRequestInvalid':
      return problem.error
    case 'credentialsRefused':
      return 'invalid_grant'
    case 'tooManyRequests':
    case 'unavailable':
    case 'storageFull':
      return 'temporarily_unavailable'
    default:
      return 'invalid_request'
  }
}

function send(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : text)
}
