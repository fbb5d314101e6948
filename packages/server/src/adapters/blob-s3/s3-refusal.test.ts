import { expect, it } from 'vitest'
import { parseS3Url } from './parse-s3-url.ts'
import { refusalOfS3 } from './s3-refusal.ts'

const PLACE = parseS3Url('s3://layers/berth?endpoint=https://store:9000')
const answered = (httpStatusCode: number) => Object.assign(new Error('UnknownError'), { $metadata: { httpStatusCode } })
const failed = (code: string, more: object = {}) => Object.assign(new Error(`${code} of the system`), { code, ...more })
const named = (name: string, message: string) => Object.assign(new Error(message), { name })

it.each([
  [failed('ECONNREFUSED', { syscall: 'connect', address: '10.0.0.1', port: 9000 }), 'nobody listens at 10.0.0.1:9000'],
  [failed('ENOTFOUND', { hostname: 'store' }), 'there is no host of the name "store"'],
  [named('TimeoutError', 'the socket did not establish a connection'), 'it does not answer in time'],
  [named('AbortError', 'Request aborted'), 'it does not answer in time'],
  [failed('SELF_SIGNED_CERT_IN_CHAIN'), 'its certificate is of an authority that this machine does not trust'],
  [failed('EPROTO'), 'it speaks no TLS at this address'],
  [answered(403), 'the credentials are refused, or do not extend to the bucket "layers" at https://store:9000'],
  [answered(404), 'there is no bucket "layers" at https://store:9000'],
  [answered(301), 'https://store:9000 refuses requests for the bucket "layers"'],
  [answered(405), 'it answers with status 405'],
  [answered(503), 'it is too busy, or stopping (status 503)'],
  [named('CredentialsProviderError', 'Could not load credentials'), 'there are no credentials for it'],
  [new Error('Region is missing'), 'no region is set'],
  [new Error('something else.'), 'something else'],
])('says of %s what is wrong, and what to do', (error, what) => {
  const refusal = refusalOfS3(error, PLACE)
  expect(refusal.what).toBe(what)
  expect(refusal.todo).toMatch(/^[A-Z].*[.?]$/)
})
