import { ProblemError, RegistryError } from '../../domain/problem.ts'

/** Failures that mean that the store, or the way to it, is down. */
const OUTAGES = new Set([
  'AbortError', // the deadline of `S3Bucket`
  'CredentialsProviderError', // the place that credentials come from is down
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'RequestTimeout',
  'SlowDown',
  'TimeoutError',
])
const RETRY_AFTER_SECONDS = 5

/** The store does not do its part now. `cause` is for the log. */
export const storeUnavailable = (cause: unknown): RegistryError => unavailable('The blob store does not answer.', cause)

const unavailable = (what: string, cause: unknown): RegistryError =>
  new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: RETRY_AFTER_SECONDS }, { cause })

/** The error to throw for `error`: RegistryError `unavailable` where waiting may help, else the error itself. */
export function s3Error(error: unknown): unknown {
  if (error instanceof ProblemError) return error
  if (isOutage(error)) return storeUnavailable(error)
  const refusal = refusalIn(error)
  return refusal === undefined ? error : unavailable(refusal, error)
}

/** Says what is wrong with the bucket or the right to it, where an operator can mend that while the server runs. */
function refusalIn(error: unknown): string | undefined {
  if (error instanceof Error && error.name === 'NoSuchBucket') return 'The bucket of the blobs is not there.'
  return statusOf(error) === 403 ? 'The blob store refuses the credentials of the server.' : undefined
}

/** The HTTP status that the store answered with; undefined when it did not. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number }
    $response?: { statusCode?: number }
  }
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

/** Whether the store says that there is no such object, range or upload. A missing bucket is another matter. */
export const isAbsent = (error: unknown): boolean =>
  statusOf(error) === 404 && error instanceof Error && error.name !== 'NoSuchBucket'

function isOutage(error: unknown): boolean {
  const status = statusOf(error) ?? 0
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) return true
  if (!(error instanceof Error)) return false
  return OUTAGES.has(error.name) || ('code' in error && OUTAGES.has(String(error.code)))
}
