import { type Refusal, refusalOfNetwork } from '../../runtime/network-errors.ts'
import type { S3Location } from './parse-s3-url.ts'
import { statusOf } from './s3-errors.ts'

const LOG = 'See what the log of the store says.'

/** Why a bucket cannot be used, by what the first request for it ended with. */
export function refusalOfS3(cause: unknown, { bucket, endpoint = 'Amazon S3' }: S3Location): Refusal {
  const status = statusOf(cause)
  if (cause instanceof Error && cause.name === 'CredentialsProviderError')
    return {
      what: 'there are no credentials for it',
      todo: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an AWS profile.',
    }
  if (status === 404)
    return { what: `there is no bucket "${bucket}" at ${endpoint}`, todo: 'Make it there, or give its right name.' }
  if (status === 403)
    return {
      what: `the credentials are refused, or do not extend to the bucket "${bucket}" at ${endpoint}`,
      todo: 'Mend them or their policy; where they are right, look at the clock of this machine.',
    }
  if (status === 301 || status === 400)
    return {
      what: `${endpoint} refuses requests for the bucket "${bucket}"`,
      todo: 'Name its region with region= in the URL, and see that the endpoint is right, https:// or http:// included.',
    }
  if (status === 429 || status === 503)
    return { what: `it is too busy, or stopping (status ${status})`, todo: 'Try again in a moment.' }
  if (status !== undefined && status !== 200)
    return { what: `it answers with status ${status}`, todo: `${LOG} Is it one that speaks the API of S3?` }
  const network = refusalOfNetwork(cause)
  if (network !== undefined) return network
  const message = cause instanceof Error ? cause.message || cause.name : String(cause)
  if (/^Region is missing/.test(message))
    return { what: 'no region is set', todo: 'Name it with region= in the URL, or in AWS_REGION.' }
  return { what: message.replace(/\.$/, ''), todo: LOG }
}
