import type { IncomingMessage, ServerResponse } from 'node:http'
import { type JsonValue, service } from '@berth/model'
import { ControlError, isOutage, isProblem, RegistryError } from '../../domain/problem.ts'
import type { Holder, Memory, MemoryShare } from '../../ports/memory.ts'
import { PAGE_BYTES } from '../../registry/page.ts'
import type { ControlAccess } from '../access/control-caller.ts'
import type { BodyFiles } from '../bodies/body-files.ts'
import { drain } from '../bodies/drain.ts'
import { type GatheredBody, gatherBody } from '../bodies/gather-body.ts'
import type { ClientOf } from '../client.ts'
import { markExchange } from '../exchange-mark.ts'
import type { NoteOutage } from '../outage-log.ts'
import { sendPieces, writeText } from '../send-chunks.ts'
import { holdUntilOver } from '../when-over.ts'
import type { ControlDependencies } from './call.ts'
import { createTargets } from './call-operation.ts'
import { answerTo, type ErrorAnswer, serverException } from './errors.ts'
import { parseBody, parseLongBody } from './parse-body.ts'
import { createStsHandler, isFormCall } from './sts/sts-handler.ts'
import type { Target, Targets } from './targets.ts'

/**
 * How much of a refused body is still read, so that its sender comes to read the answer: the longest that is of use.
 */
const DRAINED_BYTES = 32 * 1024 * 1024

export interface DispatchOptions {
  readonly access: ControlAccess
  readonly log: { error(fields: object, message: string): void }
  /** Called for outages, which are no secret to callers. */
  readonly noteOutage?: NoteOutage | undefined
  /** Counts what calls hold. Whoever knows an access key's id can send a body, long before its signature is checked. */
  readonly memory: Memory
  /** Where long bodies gather until they are complete. */
  readonly bodyFiles: BodyFiles
  /** Milliseconds: half of the time that a connection may be idle. */
  readonly windowMs: number
  readonly clientOf: ClientOf
  /** The host that repository URIs begin with. */
  readonly registryHost: (request: IncomingMessage) => string
  /** The URL of this server, without a slash at the end. */
  readonly publicUrl: (request: IncomingMessage) => string
  /** Makes a UUID, for the log and for `x-amzn-RequestId`. */
  readonly newRequestId: () => string
}

export type ControlOptions = ControlDependencies &
  DispatchOptions & {
    /** The operations, where others have made them already. */
    readonly targets?: Targets | undefined
  }

/**
 * Answers the control API with the registry's own handlers, and answers the form by which STS is asked who the caller
 * is.
 */
export function createControlHandler(options: ControlOptions): Handler {
  const dispatch = createDispatcher(options.targets ?? createTargets(options), options)
  const sts = createStsHandler(options)
  return (request, response) => (isFormCall(request) ? sts : dispatch)(request, response)
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Answers `POST /` in AWS JSON 1.1. Nothing of a body is parsed before its signature is known to be good, and to be
 * for the service that its target belongs to. The promise never rejects.
 */
export function createDispatcher(targets: Targets, options: DispatchOptions): Handler {
  return async (request, response) => {
    const requestId = options.newRequestId()
    response.setHeader('x-amzn-RequestId', requestId)
    markExchange(response, { protocol: 'control', operation: 'none', requestId })
    try {
      const target = findTarget(targets, request)
      if (target === undefined) {
        await options.access.countStranger(request)
        throw new ControlError({ kind: 'operationUnknown', name: targetName(request) })
      }
      markExchange(response, { protocol: 'control', operation: target.operation, requestId })
      await answerCall(options, target, request, response)
    } catch (error) {
      // The client went away before its request was whole: nobody is left to answer.
      if (request.destroyed && !request.complete) return
      const answer = answerTo(error)
      if (answer === undefined) options.log.error({ requestId, err: error }, 'a control API call failed')
      else if (isOutage(error)) options.noteOutage?.(error, { requestId })
      addHeaders(response, error)
      await drain(request, DRAINED_BYTES)
      sendError(response, answer ?? serverException)
    }
  }
}

/** How many times a page is held while it is made: as rows, and twice as what is sent of them. */
const HELD_FOR_PAGE = 3

async function answerCall(
  options: DispatchOptions,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { memory, bodyFiles: files, windowMs } = options
  const { address } = options.clientOf(request)
  const shares: MemoryShare[] = []
  const shareOf = (holder: Holder): MemoryShare => {
    const share = holdUntilOver(memory, holder, response)
    shares.push(share)
    return share
  }
  const release = (): void => {
    for (const share of shares) share.release()
  }
  let gathering: Promise<GatheredBody> | undefined
  const body = () => {
    const limitBytes = target.bodyLimitBytes
    const tooLarge = { kind: 'bodyTooLarge', limitBytes } as const
    const share = shareOf({ address })
    gathering ??= gatherBody(request, { limitBytes, tooLarge, windowMs, address, share, timesHeld: 1, files })
    return gathering
  }
  try {
    const caller = await options.access.authenticate(request, async () => (await body()).sha256, target)
    requireJson(request)
    const input = await parse(await body(), target, shareOf(caller.holder))
    const room = shareOf(caller.holder)
    const output = await target.run(input, {
      warn: text => addWarning(response, text),
      makeRoom: async (answerBytes = HELD_FOR_PAGE * PAGE_BYTES) => {
        release() // the body is parsed, and who waits for memory must hold none
        await room.wait(answerBytes)
      },
      caller,
      registryHost: options.registryHost(request),
      publicUrl: options.publicUrl(request),
    })
    const { pieces, sizeBytes } = await writeText(output.text())
    if (shares.every(share => share.sizeBytes < sizeBytes)) room.hold(sizeBytes)
    else room.ask(sizeBytes)
    await send(response, 200, pieces)
  } catch (error) {
    release()
    throw error
  } finally {
    await closeFile(gathering)
  }
}

/** A body in a file waits there for its share of the memory, and holds none. */
async function parse({ kept, sizeBytes }: GatheredBody, target: Target, share: MemoryShare): Promise<JsonValue> {
  if (Buffer.isBuffer(kept)) return parseBody(kept)
  await share.wait(sizeBytes)
  const input = await parseLongBody({ sizeBytes, read: kept.read }, target.blobMembers)
  await kept.close()
  return input
}

async function closeFile(gathering: Promise<GatheredBody> | undefined): Promise<void> {
  const gathered = await gathering?.catch(() => undefined)
  if (gathered !== undefined && !Buffer.isBuffer(gathered.kept)) await gathered.kept.close()
}

function findTarget(targets: Targets, request: IncomingMessage): Target | undefined {
  if (request.method !== 'POST') throw new RegistryError({ kind: 'methodNotAllowed', allow: 'POST' })
  return targets.get(targetName(request))
}

const targetName = ({ headers: { 'x-amz-target': name } }: IncomingMessage): string =>
  typeof name === 'string' ? name : ''

/** The protocol's own types and plain JSON. A request without any type is taken for JSON too. */
const JSON_TYPE = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;|$)/i

/** @throws RegistryError `requestMalformed` */
function requireJson({ headers: { 'content-type': contentType } }: IncomingMessage): void {
  if (contentType !== undefined && !JSON_TYPE.test(contentType))
    throw new RegistryError({ kind: 'requestMalformed', reason: `The content type must be ${service.contentType}` })
}

/** Adds a warning in the form that HTTP has beside a good answer (RFC 7234, section 5.5). */
function addWarning(response: ServerResponse, text: string): void {
  response.appendHeader('warning', `299 - "${text.replace(/[^ !#-[\]-~]/g, '?')}"`)
}

function addHeaders(response: ServerResponse, error: unknown): void {
  if (isProblem(error, 'methodNotAllowed')) response.setHeader('allow', error.problem.allow)
  if (isProblem(error, 'contentCodingUnsupported')) response.setHeader('accept-encoding', 'identity')
  if (isOutage(error) || isProblem(error, 'tooManyRequests'))
    response.setHeader('retry-after', error.problem.retryAfterSeconds)
}

function sendError(response: ServerResponse, { status, name, message, members }: ErrorAnswer): void {
  response.setHeader('x-amzn-ErrorType', name)
  // The rest of a body that was not read would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close')
  void send(response, status, [Buffer.from(JSON.stringify({ __type: name, ...members, message }))])
}

async function send(response: ServerResponse, status: number, pieces: readonly Buffer[]): Promise<void> {
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0)
  // Passwords and what needs a right are among the answers.
  response.writeHead(status, {
    'content-type': service.contentType,
    'content-length': sizeBytes,
    'cache-control': 'no-store',
  })
  await sendPieces(response, pieces, sizeBytes)
}
