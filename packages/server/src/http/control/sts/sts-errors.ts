import { ControlError, type Problem, RegistryError } from '../../../domain/problem.ts'
import { answerTo } from '../errors.ts'

/** An error of STS: its HTTP status, its code and a message for a person. */
export interface StsAnswer {
  readonly status: number
  readonly code: string
  readonly message: string
}

export const INTERNAL_FAILURE: StsAnswer = {
  status: 500,
  code: 'InternalFailure',
  message: 'The service failed. Quote the request id to its operator.',
}

/** The code and status of what can go wrong before a caller is known, as STS has them (its common errors). */
const CODES: { readonly [Kind in Problem['kind']]?: readonly [status: number, code: string] } = {
  signatureMissing: [403, 'MissingAuthenticationToken'],
  signatureIncomplete: [400, 'IncompleteSignature'],
  signatureMismatch: [403, 'SignatureDoesNotMatch'],
  accessKeyUnknown: [403, 'InvalidClientTokenId'],
  operationUnknown: [400, 'InvalidAction'],
  tooManyRequests: [400, 'Throttling'],
  bodyTooLarge: [413, 'RequestEntityTooLarge'],
  bodyTooSlow: [408, 'RequestTimeout'],
  contentCodingUnsupported: [415, 'UnsupportedMediaType'],
  unavailable: [503, 'ServiceUnavailable'],
  storageFull: [503, 'ServiceUnavailable'],
}

/** The answer to an error; undefined for one that no caller may learn of. */
export function stsAnswerTo(error: unknown): StsAnswer | undefined {
  if (!(error instanceof RegistryError || error instanceof ControlError)) return undefined
  const { problem } = error
  const [status, code] = CODES[problem.kind] ?? []
  if (status === undefined || code === undefined) return undefined
  if (problem.kind === 'operationUnknown')
    return { status, code, message: `Could not find operation ${problem.name} for version 2011-06-15` }
  return { status, code, message: answerTo(error)?.message ?? code }
}
