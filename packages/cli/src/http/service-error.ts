import { JsonError, parseJson } from '../python/parse-json.ts'
import { str } from '../python/text.ts'
import { isDict, type Value } from '../python/value.ts'
import type { HttpResponse } from './http1.ts'

/** An answer that is an error, in the service's own words. */
export interface ServiceError {
  readonly code: string
  readonly message: string
}

const TRANSIENT_STATUS = new Set([500, 502, 503, 504])
const TRANSIENT_CODES = new Set([
  'RequestTimeout',
  'RequestTimeoutException',
  'PriorRequestNotComplete',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'TransactionInProgressException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'SlowDown',
  'EC2ThrottledException',
])

/** The error that an answer carries; undefined for a success. */
export function serviceError(response: HttpResponse): ServiceError | undefined {
  if (response.status < 300) return undefined
  if (response.status === 300) return { code: 'Unknown', message: 'Unknown' }
  const { status, reason, body } = response
  if (status >= 500 && (body === '' || /^\s*<html>/.test(body))) return { code: String(status), message: reason }
  const parsed = errorBody(body)
  // The header has a code, and whose fault the error is. A header with anything else does not count.
  const query = /^([^;]+);[^;]*$/.exec(response.headers.get('x-amzn-query-error') ?? '')?.[1]
  const type = parsed.get('__type')
  const code = query || (type === undefined ? String(status) : str(type ?? '').replace(/^[\s\S]*#/, ''))
  return { code, message: str(parsed.get('message') ?? parsed.get('Message') ?? nullOr(parsed, '')) }
}

const nullOr = (body: ReadonlyMap<string, Value>, otherwise: string): Value =>
  body.has('message') || body.has('Message') ? null : otherwise

function errorBody(body: string): ReadonlyMap<string, Value> {
  if (body === '') return new Map()
  try {
    const value = parseJson(body)
    return isDict(value) ? value : new Map()
  } catch (error) {
    if (error instanceof JsonError) return new Map([['message', body]])
    throw error
  }
}

/** Whether the same request may succeed a moment later. */
export function isTransient(response: HttpResponse): boolean {
  const error = serviceError(response)
  return error !== undefined && (TRANSIENT_STATUS.has(response.status) || TRANSIENT_CODES.has(error.code))
}
