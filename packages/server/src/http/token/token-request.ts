import type { IncomingMessage } from 'node:http'
import { OciError } from '../../domain/problem.ts'
import { hasLogin, passwordOf, readToken } from '../access/bearer/authorization-header.ts'
import { readBody } from '../bodies/read-body.ts'

/**
 * The most bytes of a form, room for a password and some hundred scopes: more would not fit into the header that the
 * token goes into.
 */
const FORM_LIMIT_BYTES = 16 * 1024
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

/** The request of a client to the token endpoint. */
export interface TokenRequest {
  /**
   * The client's login as the token that its password is; undefined where the client has none. @throws as `readToken`
   */
  readonly login: (() => string) | undefined
  readonly scopes: readonly string[]
}

/** Reads a `GET`: the login is in the header, scopes are in the query (Docker Registry Token Authentication). */
export function readTokenQuery({ headers: { authorization }, url = '/' }: IncomingMessage): TokenRequest {
  const question = url.indexOf('?')
  return {
    login: hasLogin(authorization) ? () => readToken(authorization) : undefined,
    scopes: question < 0 ? [] : new URLSearchParams(url.slice(question + 1)).getAll('scope'),
  }
}

/**
 * Reads a `POST`: everything is in a form (OAuth2 Token Authentication; RFC 6749, sections 4.3 and 6). berth gives out
 * no refresh tokens, so what comes as one is the registry password itself.
 * @throws ProblemError `tokenRequestInvalid`, `bodyTooLarge`, `bodyTooSlow`
 */
export async function readTokenForm(request: IncomingMessage, windowMs: number): Promise<TokenRequest> {
  const contentType = request.headers['content-type']
  if (contentType !== undefined && !FORM_TYPE.test(contentType))
    throw invalid('invalid_request', 'The content type must be application/x-www-form-urlencoded')
  const tooLarge = { kind: 'bodyTooLarge', limitBytes: FORM_LIMIT_BYTES } as const
  const body = await readBody(request, { limitBytes: FORM_LIMIT_BYTES, tooLarge, windowMs })
  const form = new URLSearchParams(body.toString('utf8'))
  return { login: loginIn(form), scopes: form.getAll('scope') }
}

function loginIn(form: URLSearchParams): TokenRequest['login'] {
  const one = (name: string): string => {
    const [value, ...others] = form.getAll(name)
    if (value === undefined || others.length > 0)
      throw invalid('invalid_request', `The form must have one ${name}, and has ${form.getAll(name).length}`)
    return value
  }
  const grant = one('grant_type')
  switch (grant) {
    case 'password': {
      const [userName, password] = [one('username'), one('password')]
      // An empty login counts as none: some clients send it when they have no login.
      return userName === '' && password === '' ? undefined : () => passwordOf(userName, password)
    }
    case 'refresh_token': {
      const token = one('refresh_token')
      return () => token
    }
    default:
      throw invalid('unsupported_grant_type', 'The grant_type must be password or refresh_token')
  }
}

const invalid = (error: 'invalid_request' | 'unsupported_grant_type', reason: string) =>
  new OciError({ kind: 'tokenRequestInvalid', error, reason })
