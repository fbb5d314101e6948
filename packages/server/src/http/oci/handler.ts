import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'
import type { Origins } from '../origins.ts'
import type { RegistryAccess } from './access.ts'
import { challengeFor } from './challenge.ts'
import { type ErrorAnswer, renderProblem, renderUnknown } from './errors.ts'
import { answer, begin, type OciServices, type Reply } from './exchange.ts'
import { parsePath } from './parse-path.ts'
import { drain, hasBody } from './request-body.ts'
import { route } from './routes.ts'

export interface OciOptions extends OciServices {
  readonly access: RegistryAccess
  readonly origins: Origins
  readonly log: { error(details: object, message: string): void }
}

/** Answers every request under `/v2` (Distribution Specification v1.1). */
export function createOciHandler(
  options: OciOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const processId = randomBytes(6).toString('hex')
  let requests = 0

  return async (request, response) => {
    requests += 1
    const requestId = `${processId}-${requests}`
    try {
      const caller = await options.access.authenticate(request)
      const url = request.url ?? ''
      const queryAt = url.indexOf('?')
      const query = queryAt < 0 ? '' : url.slice(queryAt + 1)
      await route({ request, response, requestId, services: options, caller, query }, parsePath(url))
    } catch (error) {
      await fail(options, { request, response, requestId }, error)
    }
  }
}

async function fail(options: OciOptions, reply: Reply, error: unknown): Promise<void> {
  const { request, response, requestId } = reply
  // A client that went away is no error of ours and hears no answer.
  if (response.destroyed) return
  const { status, headers, body } = render(options, reply, error)
  if (status >= 500 || response.headersSent)
    options.log.error({ err: error, requestId, method: request.method, url: request.url }, 'registry request failed')
  // Too late for another status: only a broken connection tells the client that the body is not whole.
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (!hasBody(request) || (await drain(request))) return answer(reply, status, headers, body)
  // There is more to come than is worth reading. The answer is whole before the connection goes, and
  // reading on for a while keeps a reset from overtaking it.
  headers['Connection'] = 'close'
  begin(reply, status, headers, body).write(body)
  await drain(request)
  response.end()
}

function render({ origins }: OciOptions, { request, requestId }: Reply, error: unknown): ErrorAnswer {
  if (!(error instanceof RegistryError)) return renderUnknown(requestId)
  const { problem } = error
  const rendered = renderProblem(problem)
  if (
    problem.kind === 'credentialsMissing' ||
    problem.kind === 'credentialsRefused' ||
    problem.kind === 'scopeInsufficient'
  )
    rendered.headers['WWW-Authenticate'] = challengeFor(origins, request, problem)
  return rendered
}
