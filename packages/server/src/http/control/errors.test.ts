import { type ErrorName, errors, operations, parseInput } from '@berth/model'
import { describe, expect, it } from 'vitest'
import { ControlError, type ControlProblem, type CoreProblem, OciError, RegistryError } from '../../domain/problem.ts'
import { answerTo, serverException } from './errors.ts'

const where = { name: 'app', registryId: '111122223333' }
const answer = (problem: CoreProblem) => answerTo(new RegistryError(problem))
const ownAnswer = (problem: ControlProblem) => answerTo(new ControlError(problem))

describe('answerTo', () => {
  it('takes names and statuses of modelled exceptions from the model', () => {
    const found = answer({ kind: 'repositoryNotFound', ...where })
    expect(found?.status).toBe(errors[found?.name as ErrorName].status)
    expect(serverException).toMatchObject({ name: 'ServerException', status: 500 })
  })

  it.each<[ControlProblem, number, string, string]>([
    [{ kind: 'signatureMissing' }, 400, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      { kind: 'accessKeyUnknown' },
      400,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      { kind: 'signatureMismatch', reason: 'Signature expired.' },
      400,
      'InvalidSignatureException',
      'Signature expired.',
    ],
    [{ kind: 'signatureIncomplete', reason: 'No date.' }, 400, 'IncompleteSignatureException', 'No date.'],
    [
      { kind: 'regionUnsupported', operation: 'PutImage' },
      400,
      'UnsupportedCommandException',
      'PutImage command is only supported in us-east-1.',
    ],
  ])('words its own %j', (problem, status, name, message) => {
    expect(ownAnswer(problem)).toEqual({ status, name, message, members: {} })
  })

  it.each<[CoreProblem, number, string, string]>([
    [{ kind: 'tooManyRequests', retryAfterSeconds: 1 }, 400, 'ThrottlingException', 'Rate exceeded'],
    [
      { kind: 'unavailable', what: 'The disk is full.', retryAfterSeconds: 1 },
      503,
      'ServiceUnavailableException',
      'The disk is full.',
    ],
    [
      { kind: 'forbidden', principal: 'arn:p', action: 'a:B', resource: 'arn:r', reason: 'explicitDeny' },
      400,
      'AccessDeniedException',
      'User: arn:p is not authorized to perform: a:B on resource: arn:r with an explicit deny in a policy',
    ],
    [
      { kind: 'bodyTooLarge', limitBytes: 7 },
      413,
      'RequestEntityTooLargeException',
      'The request must not exceed 7 bytes',
    ],
  ])('words %j', (problem, status, name, message) => {
    expect(answer(problem)).toEqual({ status, name, message, members: {} })
  })

  it('sends the members that an exception has besides its message', () => {
    const upload = { uploadId: 'an-upload', ...where }
    const members = { registryId: where.registryId, repositoryName: 'app', uploadId: 'an-upload' }
    expect(answer({ kind: 'uploadOutOfOrder', nextByte: 8, ...upload })?.members).toEqual({
      ...members,
      lastValidByteReceived: 7,
    })
    expect(ownAnswer({ kind: 'layerPartInvalid', reason: 'x', lastByte: -1, ...upload })?.members).toEqual(members)
  })

  it('words a JSON type that is wrong', () => {
    const typed = () => parseInput(operations.DescribeImages, { repositoryName: 5 })
    expect(typed).toThrow()
    try {
      typed()
    } catch (error) {
      expect(answerTo(error)).toMatchObject({
        status: 400,
        name: 'SerializationException',
        message: 'NUMBER_VALUE can not be converted to a String',
      })
    }
  })

  it('has no words for what nobody foresaw', () => {
    expect(answerTo(new Error('password=hunter2'))).toBeUndefined()
    expect(answerTo('a string')).toBeUndefined()
    expect(answerTo(new OciError({ kind: 'routeUnknown' }))).toBeUndefined()
    expect(answer({ kind: 'uploadSizeMismatch', expectedBytes: 2, receivedBytes: 1 })).toBeUndefined()
    expect(JSON.stringify(serverException)).not.toContain('hunter2')
  })
})
