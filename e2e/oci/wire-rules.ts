import { expect } from 'vitest'
import type { OciResponse } from './response.ts'

/** Distribution Specification, "Error Codes". */
const errorCodes: readonly string[] = [
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
]

/** Holds an answer to the rules that bind every answer. The client calls it for each one that it receives. */
export function assertWireRules(method: string, response: OciResponse): void {
  // A lack of room is told as such; its code is ours, since the specification has none above 4xx.
  if (response.status !== 503) expect(response.status, 'an internal error').toBeLessThan(500)
  if (response.status >= 400 && response.status < 500 && isJson(response) && method !== 'HEAD')
    assertErrorBody(response)
  assertWarnings(response)
}

/**
 * Holds an answer to the rules for what needs a token: only the client's own cache may keep it, no cache may keep a
 * refusal, and no browser makes a page of it.
 */
export function assertGuarded({ status, headers }: OciResponse): void {
  const directives = (headers['cache-control'] ?? '').split(/\s*,\s*/)
  expect(directives).toContain(status < 400 && status !== 307 ? 'private' : 'no-store')
  expect(directives.join()).not.toMatch(/public|s-maxage|must-revalidate/)
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['content-security-policy']).toContain('sandbox')
}

/**
 * Holds an error to the specification's words: "If the response body is in JSON format, it MUST have the following
 * format".
 */
export function assertErrorBody({ body }: OciResponse): void {
  const parsed: unknown = JSON.parse(body.toString('utf8'))
  expect(parsed).toMatchObject({ errors: expect.any(Array) })
  const { errors } = parsed as { errors: Record<string, unknown>[] }
  expect(errors).not.toEqual([])
  for (const error of errors) {
    expect(Object.keys(error).filter(key => !['code', 'message', 'detail'].includes(key))).toEqual([])
    expect(errorCodes).toContain(error['code'])
    if ('message' in error) expect(error['message']).toBeTypeOf('string')
  }
}

/** Section "Warnings": code 299, agent `-`, no date, at most 4096 bytes in all. */
function assertWarnings({ headers }: OciResponse): void {
  const warning = headers['warning']
  if (warning === undefined) return
  const text = Array.isArray(warning) ? warning.join(', ') : warning
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096)
  expect(text).toMatch(/^299 - "(?:[^"\\]|\\.)*"(?:, 299 - "(?:[^"\\]|\\.)*")*$/)
}

function isJson({ headers }: OciResponse): boolean {
  return /^application\/(?:[^;]*\+)?json/.test(headers['content-type'] ?? '')
}
