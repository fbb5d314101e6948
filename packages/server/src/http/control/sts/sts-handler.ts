import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ControlError } from '../../../domain/problem.ts'
import type { ControlAccess, ControlCaller } from '../../access/control-caller.ts'
import { drain } from '../../bodies/drain.ts'
import { readBody } from '../../bodies/read-body.ts'
import { markExchange } from '../../exchange-mark.ts'
import { INTERNAL_FAILURE, type StsAnswer, stsAnswerTo } from './sts-errors.ts'
import { element, texts } from './xml.ts'

/** The most bytes of a form: no form of STS that is of use here is longer. */
const BODY_LIMIT_BYTES = 4 * 1024
const OPERATION = 'GetCallerIdentity'
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i

export interface StsOptions {
  readonly access: ControlAccess
  /** Milliseconds: half of the time that a connection may be idle. */
  readonly windowMs: number
  readonly newRequestId: () => string
  readonly log: { error(fields: object, message: string): void }
}

/** True for a call in the query protocol of AWS, which STS speaks: a form, without a target in the head. */
export const isFormCall = ({ headers }: IncomingMessage): boolean =>
  headers['x-amz-target'] === undefined && FORM_TYPE.test(headers['content-type'] ?? '')

/**
 * Answers GetCallerIdentity of AWS STS (API version 2011-06-15), which the tools of AWS ask first. It takes a good
 * signature for `sts`, of any region, and no policy. Every other action is InvalidAction. The promise never rejects.
 */
export function createStsHandler({ access, windowMs, newRequestId, log }: StsOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = newRequestId()
    response.setHeader('x-amzn-RequestId', requestId)
    markExchange(response, { protocol: 'control', operation: OPERATION, requestId })
    try {
      const tooLarge = { kind: 'bodyTooLarge', limitBytes: BODY_LIMIT_BYTES } as const
      let body: Buffer = Buffer.alloc(0)
      const bodySha256 = async () => {
        body = await readBody(request, { limitBytes: BODY_LIMIT_BYTES, tooLarge, windowMs })
        return createHash('sha256').update(body).digest('hex')
      }
      const asked = { operation: OPERATION, signingName: 'sts', takesAnyRegion: true }
      const caller = await access.authenticate(request, bodySha256, asked)
      requireOperation(new URLSearchParams(body.toString('utf8')))
      send(response, 200, identityOf(caller, requestId))
    } catch (error) {
      if (request.destroyed && !request.complete) return
      const answer = stsAnswerTo(error)
      if (answer === undefined) log.error({ requestId, err: error }, 'an STS call failed')
      await drain(request)
      sendError(response, answer ?? INTERNAL_FAILURE, requestId)
    }
  }
}

/** @throws ControlError `operationUnknown` */
function requireOperation(form: URLSearchParams): void {
  const [name = '', ...others] = form.getAll('Action')
  if (name !== OPERATION || others.length > 0) throw new ControlError({ kind: 'operationUnknown', name })
}

const identityOf = ({ actor, accountId, userId }: ControlCaller, requestId: string): string =>
  element(
    `GetCallerIdentityResponse xmlns="${NAMESPACE}"`,
    element('GetCallerIdentityResult', texts({ Arn: actor.principal, UserId: userId, Account: accountId })),
    element('ResponseMetadata', texts({ RequestId: requestId })),
  )

function sendError(response: ServerResponse, { status, code, message }: StsAnswer, requestId: string): void {
  const type = status < 500 ? 'Sender' : 'Receiver'
  // The rest of a body that was not read would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close')
  const error = element('Error', texts({ Type: type, Code: code, Message: message }))
  send(response, status, element(`ErrorResponse xmlns="${NAMESPACE}"`, error, texts({ RequestId: requestId })))
}

function send(response: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`)
  response.writeHead(status, {
    'content-type': 'text/xml',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  })
  response.end(bytes)
}
