import { createHash } from 'node:crypto'
import type { PutObjectCommandOutput } from '@aws-sdk/client-s3'

/** MD5 finds accidents here, and is what every store knows; the digest of a blob is checked elsewhere. */
export const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest()

/** The ETag of an object or part of that MD5. */
export const etagOf = (hash: Buffer): string => `"${hash.toString('hex')}"`

/** The ETag of an object that was made of parts with those. */
export function multipartEtag(etags: readonly string[]): string {
  const hashes = etags.map(etag => Buffer.from(etag.replaceAll('"', ''), 'hex'))
  return `"${md5(Buffer.concat(hashes)).toString('hex')}-${etags.length}"`
}

/**
 * Compares what the store took with what it was sent, unless it encrypts with a key of a KMS, when its ETag is no MD5.
 * @throws Error where they differ
 */
export function assertSame(hash: Buffer, answer: Pick<PutObjectCommandOutput, 'ETag' | 'ServerSideEncryption'>): void {
  if (answer.ServerSideEncryption !== undefined && answer.ServerSideEncryption !== 'AES256') return
  if (answer.ETag !== etagOf(hash))
    throw new Error(`the blob store has other bytes than it was sent: ETag ${answer.ETag}, not ${etagOf(hash)}`)
}
