import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isOutage, ProblemError } from '../../domain/problem.ts'
import { isLack } from '../../registry/repositories/repository-ref.ts'
import type { ChallengeProblem } from '../access/bearer/challenge.ts'
import { requireFound } from '../access/found-repository.ts'
import type { OciAccess } from '../access/oci-caller.ts'
import { drain } from '../bodies/drain.ts'
import { waitsToSend } from '../bodies/expectation.ts'
import { hasBody } from '../bodies/read-body.ts'
import { markExchange } from '../exchange-mark.ts'
import type { NoteOutage } from '../outage-log.ts'
import { urlForLog } from '../url-for-log.ts'
import { type ErrorAnswer, isOurs, renderProblem, renderUnknown } from './errors.ts'
import { answer, begin, type Exchange, type OciServices, type Reply } from './exchange.ts'
import { parsePath, type Target } from './parse-path.ts'
import { readingOf, route } from './routes.ts'

export interface OciOptions extends OciServices {
  readonly access: OciAccess
  /** The `WWW-Authenticate` value of a 401. */
  readonly challenge: (request: IncomingMessage, problem: ChallengeProblem) => string
  readonly log: { error(details: object, message: string): void }
  /** Called for outages, in the place of the log. */
  readonly noteOutage?: NoteOutage | undefined
  /**
   * True when the server hands `checkContinue` events to this handler too. Then `100 Continue` is sent once a body is
   * wanted, and a request that is refused never sends its body.
   */
  readonly continueOnDemand?: boolean
}

/** Answers every request under `/v2` (Distribution Specification v1.1). The promise never rejects. */
export function createOciHandler(
  options: OciOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { access } = options
  const processId = randomBytes(6).toString('hex')
  let requests = 0

  return async (request, response) => {
    requests += 1
    const reply: Reply = { request, response, requestId: `${processId}-${requests}` }
    const waits = options.continueOnDemand === true && waitsToSend(request)
    let asked = false
    markExchange(response, { protocol: 'oci', operation: 'none', requestId: reply.requestId })
    const wantBody = (): void => {
      if (waits && !asked) response.writeContinue()
      asked = true
    }
    try {
      const url = request.url ?? ''
      const parsed = tryToParse(request)
      const caller = await access.authenticate(request, readingOf(request.method, parsed))
      if (parsed instanceof ProblemError) throw parsed
      const target = parsed
      markExchange(response, { protocol: 'oci', operation: target.kind, requestId: reply.requestId })
      const queryAt = url.indexOf('?')
      const query = queryAt < 0 ? '' : url.slice(queryAt + 1)
      const { requestId } = reply
      const exchange: Exchange = { request, response, requestId, services: options, caller, query, wantBody }
      await carryOut(exchange, target)
    } catch (error) {
      await fail(options, reply, error, waits && !asked)
    }
  }
}

async function carryOut(exchange: Exchange, target: Target): Promise<void> {
  try {
    await route(exchange, target)
  } catch (error) {
    if (isLack(error)) await requireFound(exchange.services.context.metadata.rows, exchange.caller)
    throw error
  }
}

/**
 * Parses the path without throwing: a stranger hears of the missing login before hearing what is wrong with the path.
 */
function tryToParse({ method = '', url = '' }: IncomingMessage): Target | ProblemError {
  try {
    return parsePath(url, { isPush: method === 'PUT' || method === 'POST' })
  } catch (error) {
    if (error instanceof ProblemError) return error
    throw error
  }
}

/** `unsent`: the client still holds its body back. */
async function fail(options: OciOptions, reply: Reply, error: unknown, unsent: boolean): Promise<void> {
  const { request, response, requestId } = reply
  // A client that went away is no error of ours and hears no answer.
  if (response.destroyed) return
  const { status, headers, body } = render(options, reply, error)
  // Of a 5xx docker, podman and skopeo show the first line alone, without which nobody would learn why.
  if (isOutage(error)) response.statusMessage = reasonPhrase(error.problem.what)
  if (status >= 500 || response.headersSent) {
    const details = { requestId, method: request.method, url: urlForLog(request.url) }
    if (options.noteOutage !== undefined && isOutage(error)) options.noteOutage(error, details)
    else options.log.error({ err: error, ...details }, 'registry request failed')
  }
  // Too late for another status: only a broken connection tells the client that the body is not whole.
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (!hasBody(request) || (!unsent && (await drain(request)))) return answer(reply, status, headers, body)
  // More of the body is to come than is worth reading. The answer is whole before the connection goes, and reading on
  // for a while keeps a reset from overtaking it.
  headers['Connection'] = 'close'
  const head = begin(reply, status, headers, body)
  if (!unsent) {
    head.write(body)
    await drain(request)
    head.end()
  } else head.end(body)
}

/** A reason phrase as HTTP/1.1 allows it (RFC 9112, section 4). */
const reasonPhrase = (what: string): string =>
  what
    .replace(/[^ -~]/g, ' ')
    .replace(/\.$/, '')
    .slice(0, 200)

function render({ challenge }: OciOptions, { request, requestId }: Reply, error: unknown): ErrorAnswer {
  if (!isOurs(error)) return renderUnknown(requestId)
  const { problem } = error
  const rendered = renderProblem(problem)
  switch (problem.kind) {
    case 'credentialsMissing':
    case 'credentialsRefused':
    case 'scopeInsufficient':
      rendered.headers['WWW-Authenticate'] = challenge(request, problem)
  }
  return rendered
}
