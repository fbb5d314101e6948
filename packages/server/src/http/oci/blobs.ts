import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { type Digest, isDigest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { brokenCondition, etagOf } from '../../domain/precondition.ts'
import { OciError, RegistryError } from '../../domain/problem.ts'
import type { ByteRange } from '../../ports/blob-store.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'
import { leaseBlobs } from '../../registry/blobs/blobs.ts'
import { deleteBlob } from '../../registry/blobs/delete-blob.ts'
import { authorizePull, authorizeRepository } from '../access/oci-policies.ts'
import { sendChunks } from '../send-chunks.ts'
import { whenFirst } from '../when-first.ts'
import { isHeld, preconditionOf, rangeApplies, requireIfMatch } from './conditional.ts'
import { answer, begin, type Exchange } from './exchange.ts'
import type { TargetOf } from './parse-path.ts'
import { contentRange, lengthOf, parseRange } from './range.ts'
import { parseAnyDigest } from './references.ts'

const CONTENT_TYPE = 'application/octet-stream'

/** end-2: a blob, for GET and HEAD. */
export async function getBlob(exchange: Exchange, { path, digest: text }: TargetOf<'blob'>): Promise<void> {
  authorizePull(exchange, path)
  const digest = parseHeld(text)
  const { services, request } = exchange
  const isHead = request.method === 'HEAD'
  const blob = isHead ? undefined : (await services.pulls.blob(path, digest)).blob
  const sizeBytes = blob?.sizeBytes ?? (await lookAt(exchange, path, digest))
  const etag = etagOf(digest)
  const headers = {
    'Docker-Content-Digest': digest,
    ETag: etag,
    // Content never changes under its digest. Other caches would give it to those without a token, and after a purge.
    'Cache-Control': 'private, max-age=31536000, immutable',
    'Accept-Ranges': 'bytes',
  }
  const given = request.headers
  requireIfMatch(request, digest, digest)
  if (isHeld(given['if-none-match'], etag)) return answer(exchange, 304, headers)
  const whole = { ...headers, 'Content-Type': CONTENT_TYPE, 'Content-Length': sizeBytes }
  if (blob === undefined) return answer(exchange, 200, whole)

  const ranges = rangeApplies(given['if-range'], etag) ? parseRange(given.range, blob.sizeBytes) : 'whole'
  if (ranges === 'unsatisfiable') throw new OciError({ kind: 'rangeNotSatisfiable', sizeBytes: blob.sizeBytes })
  // The client sends its one range to S3 as well. S3 knows no list of ranges.
  const location =
    ranges === 'whole' || ranges.length === 1 ? await services.redirectPull?.(exchange.request, blob) : undefined
  if (location !== undefined) {
    return answer(exchange, 307, {
      Location: location,
      'Docker-Content-Digest': blob.digest,
      'Cache-Control': 'no-store',
    })
  }
  if (ranges === 'whole') return sendPart(exchange, blob, 200, whole)
  const [only] = ranges
  if (only !== undefined && ranges.length === 1) {
    const part = { 'Content-Length': lengthOf(only), 'Content-Range': contentRange(only, blob.sizeBytes) }
    return sendPart(exchange, blob, 206, { ...whole, ...part }, only)
  }
  return sendParts(exchange, blob, headers, ranges)
}

/**
 * The size of a blob. A client that may push asks before it uploads, and then relies on the blob until its manifest is
 * there.
 * @throws RegistryError `repositoryNotFound`, `blobUnknown`
 */
async function lookAt({ caller, services }: Exchange, path: ImagePath, digest: Digest): Promise<number> {
  const outlook = await caller.lookToPush(path)
  if (outlook === undefined) return (await services.pulls.blob(path, digest)).blob.sizeBytes
  const { id } = outlook.repository
  const { context } = services
  const sizeBytes = outlook.isAllowed
    ? (await leaseBlobs(context, id, [digest])).get(digest)
    : (await context.metadata.rows.blobs.find(id, digest))?.sizeBytes
  if (sizeBytes === undefined) throw new OciError({ kind: 'blobUnknown', digest })
  return sizeBytes
}

/** end-10: deletes a blob from its repository. */
export async function removeBlob(exchange: Exchange, target: TargetOf<'blob'>): Promise<void> {
  const digest = parseHeld(target.digest)
  const right = { verb: 'delete', action: 'BatchDeleteImage' } as const
  const repository = await authorizeRepository(exchange, target.path, right)
  const { context } = exchange.services
  const precondition = preconditionOf(exchange.request)
  if (precondition !== undefined) {
    // A blob that is not there is a 404 first. A blob that is there is what its digest says for ever.
    if ((await context.metadata.rows.blobs.find(repository.id, digest)) === undefined)
      throw new OciError({ kind: 'blobUnknown', digest })
    const condition = brokenCondition(precondition, etagOf(digest))
    if (condition !== undefined)
      throw new RegistryError({ kind: 'preconditionFailed', condition, reference: digest, current: digest })
  }
  await deleteBlob(context, exchange.caller.actor, repository, digest)
  answer(exchange, 202, {})
}

/** Under a digest of another algorithm nothing was ever stored. @throws OciError `digestInvalid`, `blobUnknown` */
function parseHeld(text: string): Digest {
  const digest = parseAnyDigest(text)
  if (isDigest(digest)) return digest
  throw new OciError({ kind: 'blobUnknown', digest })
}

async function sendPart(
  exchange: Exchange,
  blob: BlobRow,
  status: 200 | 206,
  headers: OutgoingHttpHeaders,
  range?: ByteRange,
): Promise<void> {
  const sizeBytes = range === undefined ? blob.sizeBytes : lengthOf(range)
  if (sizeBytes === 0) return answer(exchange, status, headers)
  if (!(await whenFirst(exchange.response))) return
  const chunks = await read(exchange, blob, range)
  const response = begin(exchange, status, headers)
  await sendChunks(response, chunks, sizeBytes)
  response.end()
}

/** Sends several ranges in one body (RFC 9110, section 14.6). */
async function sendParts(
  exchange: Exchange,
  blob: BlobRow,
  headers: OutgoingHttpHeaders,
  ranges: readonly ByteRange[],
): Promise<void> {
  const boundary = randomUUID()
  const parts = ranges.map(range => ({
    range,
    head: `\r\n--${boundary}\r\nContent-Type: ${CONTENT_TYPE}\r\nContent-Range: ${contentRange(range, blob.sizeBytes)}\r\n\r\n`,
  }))
  const tail = `\r\n--${boundary}--\r\n`
  const length = parts.reduce((sum, { range, head }) => sum + head.length + lengthOf(range), tail.length)
  const response = begin(exchange, 206, {
    ...headers,
    'Content-Type': `multipart/byteranges; boundary=${boundary}`,
    'Content-Length': length,
  })
  if (!(await whenFirst(response))) return
  for (const { range, head } of parts) {
    const chunks = await read(exchange, blob, range)
    response.write(head, 'latin1')
    await sendChunks(response, chunks, lengthOf(range))
    if (response.destroyed) return
  }
  response.end(tail, 'latin1')
}

/** @throws OciError `blobUnknown` when the blob was collected since its row was read */
async function read({ services }: Exchange, blob: BlobRow, range?: ByteRange): Promise<AsyncIterable<Buffer>> {
  const chunks = await services.context.blobs.read(blob.storageKey, range)
  if (chunks === undefined) throw new OciError({ kind: 'blobUnknown', digest: blob.digest })
  return chunks
}
